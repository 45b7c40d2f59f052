import { Navigate, Outlet } from "react-router";

import { useSession, useSessionAccess } from "../session/session-context";
import { SignInPage } from "../session/sign-in-page";
import { pathsIn } from "./paths";

/** Every page asks for a session; the address stays, so that signing in leads to it. */
export function SignedIn() {
  const { session } = useSessionAccess();
  return session === undefined ? <SignInPage /> : <Outlet />;
}

export function ToHome() {
  const { region } = useSession();
  return <Navigate to={pathsIn(region).customerManagedKeys} replace />;
}
