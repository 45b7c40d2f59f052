import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";

import { errorText } from "../../aws/error-text";
import { useKms } from "../../aws/kms";
import { useFlashes } from "../../frame/flashes";
import type { DetailsTab } from "../../frame/paths";
import { useRegion } from "../../frame/region";
import { usePaths } from "../../frame/use-paths";
import { useSession } from "../../session/session-context";
import { createKey, type NewKey } from "./create-key";
import type { WizardState } from "./wizard-state";

function materialTab({ keySpec }: WizardState): DetailsTab {
  return keySpec === "SYMMETRIC_DEFAULT" ? "rotation" : "key-material";
}

/** Makes the key and leads to the list; a key that waits for its material, or has no alias, is shown itself. */
export function useCreateKey(state: WizardState) {
  const kms = useKms();
  const { accountId } = useSession();
  const region = useRegion();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const paths = usePaths();
  const { show } = useFlashes();

  function told({ keyId, aliasError }: NewKey): string {
    if (aliasError === undefined) {
      show({ type: "success", content: `Your KMS key was created with alias ${state.alias} and key ID ${keyId}.` });
      return state.origin === "EXTERNAL" ? paths.key(keyId, materialTab(state)) : paths.customerManagedKeys;
    }
    const { code, message, requestId = "-" } = errorText(aliasError);
    show({ type: "error", header: `${code}: alias ${state.alias}`, content: `${message} Request ID: ${requestId}` });
    show({ type: "success", content: `Your KMS key was created with key ID ${keyId}, but without its alias.` });
    return paths.key(keyId, "aliases");
  }

  return useMutation({
    mutationFn: () => createKey(kms, state, accountId),
    onSuccess: async (key) => {
      await queries.invalidateQueries({ queryKey: [region] });
      await navigate(told(key));
    },
  });
}
