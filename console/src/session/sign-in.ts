import type { Session } from "./session";

/** The body of POST /console/sign-in. */
export interface SignInRequest {
  readonly account: string;
  /** Absent for the root user. */
  readonly user?: string;
  readonly password: string;
  readonly mfaCode?: string;
  readonly newPassword?: string;
}

export type SignInCode =
  | "InvalidSignIn"
  | "MfaRequired"
  | "InvalidMfaCode"
  | "PasswordChangeRequired"
  | "PasswordPolicyViolation"
  | "TooManyAttempts"
  | "Unreachable"
  | "Unexpected";

const MESSAGES: Record<SignInCode, string> = {
  InvalidSignIn: "Your authentication information is incorrect. Please try again.",
  MfaRequired: "Enter the code from your MFA device.",
  InvalidMfaCode: "The MFA code is not valid. Wait for the next code and try again.",
  PasswordChangeRequired: "You must change your password to continue.",
  PasswordPolicyViolation: "The new password does not meet the account's password policy.",
  TooManyAttempts: "Too many sign-in attempts. Wait a few minutes and try again.",
  Unreachable: "The server did not answer. Check your connection and try again.",
  Unexpected: "The server's answer could not be read.",
};

/** Why nobody was signed in. */
export class SignInError extends Error {
  constructor(
    readonly code: SignInCode,
    message?: string,
  ) {
    super(message ?? MESSAGES[code]);
    this.name = "SignInError";
  }
}

/**
 * Exchanges a password for a session.
 *
 * @throws {SignInError} with the server's code, or `Unreachable` and `Unexpected` where it gave none.
 */
export async function signIn(request: SignInRequest): Promise<Session> {
  const response = await post(request);
  const body = await readJson(response);
  if (response.ok && isSession(body)) {
    return body;
  }
  throw refusal(body);
}

async function post(request: SignInRequest): Promise<Response> {
  try {
    return await fetch("/console/sign-in", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      body: JSON.stringify(request),
    });
  } catch {
    throw new SignInError("Unreachable");
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new SignInError("Unexpected");
  }
}

function refusal(body: unknown): SignInError {
  const { error, message } = (body ?? {}) as { error?: string; message?: string };
  if (error !== undefined && error in MESSAGES) {
    return new SignInError(error as SignInCode, message);
  }
  return new SignInError("Unexpected", message);
}

function isSession(body: unknown): body is Session {
  const session = body as Partial<Session> | null;
  return typeof session?.accountId === "string" && typeof session.credentials?.accessKeyId === "string";
}
