import { IAMClient } from "@aws-sdk/client-iam";
import { useMemo } from "react";

import { useSession } from "../session/session-context";

// IAM is one for all Regions; its requests are signed for this one.
const SIGNING_REGION = "us-east-1";

export function useIam(): IAMClient {
  const { credentials } = useSession();
  return useMemo(
    () => new IAMClient({ endpoint: window.location.origin, region: SIGNING_REGION, credentials }),
    [credentials],
  );
}
