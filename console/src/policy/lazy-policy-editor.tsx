import { lazy } from "react";

/** The editor is large, and loaded only by those who edit. */
export const LazyPolicyEditor = lazy(() => import("./policy-editor"));
