import { useParams } from "react-router";

import { useSession } from "../session/session-context";

/** The Region of the page: it is the first part of the path, so that a link names it. */
export function useRegion(): string {
  const { region } = useParams();
  const session = useSession();
  return region ?? session.region;
}

/** The same place in another Region; a page of one key leads to the list, for the key is not there. */
export function inRegion(path: string, region: string): string {
  const [, , section = "keys", ...rest] = path.split("/");
  return rest.length > 0 ? `/${region}/keys` : `/${region}/${section}`;
}
