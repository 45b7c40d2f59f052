/** An error of the API, or of the way to it, as people are told of it. */
export interface ErrorText {
  /** The API's error code, such as `AccessDeniedException`. */
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

interface ServiceError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: { readonly requestId?: string };
}

const UNREACHABLE: ErrorText = {
  code: "NetworkError",
  message: "The server did not answer. Check your connection and try again.",
};

/** Reads an error of the AWS SDK; its message is the server's, unchanged. */
export function errorText(error: unknown): ErrorText {
  const { name = "UnknownError", message = "", $metadata: metadata } = (error ?? {}) as ServiceError;
  if (metadata === undefined && error instanceof TypeError) {
    return UNREACHABLE;
  }
  const text = { code: name, message: message === "" ? "The server gave no message." : message };
  return { ...text, ...requestIdOf(metadata) };
}

function requestIdOf(metadata: ServiceError["$metadata"]): Pick<ErrorText, "requestId"> {
  return metadata?.requestId === undefined ? {} : { requestId: metadata.requestId };
}

/** An error of the API on one line. */
export function failureLine(error: unknown): string {
  const { code, message, requestId } = errorText(error);
  return `${code}: ${message}${requestId === undefined ? "" : ` Request ID: ${requestId}`}`;
}

/** Whether the session's credentials are no longer good for anything. */
export function isSessionOver(error: unknown): boolean {
  const { code } = errorText(error);
  return ["ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId"].includes(
    code,
  );
}

/** Whether asking again may give another answer. */
export function isTransient(error: unknown): boolean {
  const { code } = errorText(error);
  return ["NetworkError", "ThrottlingException", "KMSInternalException", "DependencyTimeoutException"].includes(code);
}
