import { KMSClient } from "@aws-sdk/client-kms";
import { useMemo } from "react";

import { useRegion } from "../frame/region";
import type { Session } from "../session/session";
import { useSession } from "../session/session-context";

export function kmsClient(session: Session, region: string): KMSClient {
  return new KMSClient({ endpoint: window.location.origin, region, credentials: session.credentials });
}

/** The client of the signed-in user in the Region of the page. */
export function useKms(): KMSClient {
  const session = useSession();
  const region = useRegion();
  return useMemo(() => kmsClient(session, region), [session, region]);
}
