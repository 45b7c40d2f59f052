import type { KeyMetadata } from "@aws-sdk/client-kms";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { errorText } from "../../aws/error-text";
import { useKms } from "../../aws/kms";
import { useFlashes } from "../../frame/flashes";
import { useRegion } from "../../frame/region";
import { doneText, type KeyOperation, operate } from "./key-operations";

/** Does something to each of the keys, one after the other, and tells for each that fails why. */
export function useKeyOperation(keys: readonly KeyMetadata[], done: () => void) {
  const kms = useKms();
  const queries = useQueryClient();
  const region = useRegion();
  const { show } = useFlashes();
  return useMutation({
    mutationFn: async (operation: KeyOperation) => {
      const changed: KeyMetadata[] = [];
      for (const key of keys) {
        try {
          await operate(kms, key.KeyId ?? "", operation);
          changed.push(key);
        } catch (error) {
          const { code, message, requestId } = errorText(error);
          const trace = requestId === undefined ? "" : ` Request ID: ${requestId}`;
          show({ type: "error", header: `${code}: key ${key.KeyId ?? ""}`, content: message + trace });
        }
      }
      if (changed.length > 0) {
        show({ type: "success", content: doneText(operation.action, changed) });
      }
    },
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: [region] });
      done();
    },
  });
}
