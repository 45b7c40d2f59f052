import { useMemo } from "react";

import { type Paths, pathsIn } from "./paths";
import { useRegion } from "./region";

export function usePaths(): Paths {
  const region = useRegion();
  return useMemo(() => pathsIn(region), [region]);
}
