import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";

import { errorText } from "./error-text";

interface ApiFailureProps {
  readonly error: unknown;
  readonly retry?: (() => void) | undefined;
}

/** An error of the API as it is, with its request id. */
export function ApiFailure({ error, retry }: ApiFailureProps) {
  const { code, message, requestId } = errorText(error);
  return (
    <Alert type="error" header={code} action={retry && <Button onClick={retry}>Retry</Button>}>
      {message}
      {requestId !== undefined && <Box variant="small" display="block">{`Request ID: ${requestId}`}</Box>}
    </Alert>
  );
}
