import { createContext, useContext } from "react";

import type { Session } from "./session";

export interface SessionAccess {
  readonly session: Session | undefined;
  readonly start: (session: Session) => void;
  readonly end: () => void;
}

export const SessionContext = createContext<SessionAccess | undefined>(undefined);

export function useSessionAccess(): SessionAccess {
  const access = useContext(SessionContext);
  if (access === undefined) {
    throw new Error("There is no SessionProvider above.");
  }
  return access;
}

/** The session of a page that is only shown to who is signed in. */
export function useSession(): Session {
  const { session } = useSessionAccess();
  if (session === undefined) {
    throw new Error("Nobody is signed in.");
  }
  return session;
}
