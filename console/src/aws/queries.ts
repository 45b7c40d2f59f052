import { QueryCache, QueryClient } from "@tanstack/react-query";

import { isTransient } from "./error-text";

const RETRIES = 2;

/** Answers are kept while a page shows them and for a minute after; the API is asked again when a page comes back. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache(),
    defaultOptions: {
      queries: {
        gcTime: 60_000,
        staleTime: 5_000,
        retry: (failures, error) => failures < RETRIES && isTransient(error),
      },
    },
  });
}
