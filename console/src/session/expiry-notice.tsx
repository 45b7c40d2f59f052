import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { useEffect } from "react";

import { useSession, useSessionAccess } from "./session-context";
import { useTimeLeft } from "./use-time-left";

const WARNING_SECONDS = 5 * 60;

/** Tells five minutes before that the session ends, and ends it. */
export function ExpiryNotice() {
  const { expiration } = useSession();
  const { end } = useSessionAccess();
  const left = useTimeLeft(expiration);
  useEffect(() => {
    if (left === 0) {
      end();
    }
  }, [left, end]);
  if (left > WARNING_SECONDS) {
    return null;
  }
  const minutes = Math.ceil(left / 60);
  return (
    <Alert type="warning" header="Your session is about to end" action={<Button onClick={end}>Sign in again</Button>}>
      {`You will be signed out in ${minutes} ${minutes === 1 ? "minute" : "minutes"}. Finish what you are doing: changes that are not saved will be lost.`}
    </Alert>
  );
}
