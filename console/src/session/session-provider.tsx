import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";

import { isSessionOver } from "../aws/error-text";
import type { Session } from "./session";
import { SessionContext } from "./session-context";

/** Holds the session in memory until it is over; with it goes all that was read in its name. */
export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [session, setSession] = useState<Session>();
  const queries = useQueryClient();
  const end = useCallback(() => {
    setSession(undefined);
    queries.clear();
  }, [queries]);
  useEffect(
    () =>
      queries.getQueryCache().subscribe(({ query: { state } }) => {
        if (state.status === "error" && isSessionOver(state.error)) {
          end();
        }
      }),
    [queries, end],
  );
  const access = useMemo(() => ({ session, start: setSession, end }), [session, end]);
  return <SessionContext.Provider value={access}>{children}</SessionContext.Provider>;
}
