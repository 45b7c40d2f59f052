import { useMutation, useQueryClient } from "@tanstack/react-query";

import { useFlashes } from "../frame/flashes";
import { useRegion } from "../frame/region";

interface Change<Input, Result> {
  readonly change: (input: Input) => Promise<Result>;
  /** What to tell when it is done. */
  readonly done: string | ((input: Input, result: Result) => string);
  readonly then?: (result: Result) => void;
}

/** A change of something: tells that it is done, and has everything of the Region read again. */
export function useChange<Input, Result>({ change, done, then }: Change<Input, Result>) {
  const queries = useQueryClient();
  const region = useRegion();
  const { show } = useFlashes();
  return useMutation({
    mutationFn: change,
    onSuccess: (result, input) => {
      show({ type: "success", content: typeof done === "string" ? done : done(input, result) });
      then?.(result);
    },
    // A change that failed half-way has changed something too.
    onSettled: () => queries.invalidateQueries({ queryKey: [region] }),
  });
}
