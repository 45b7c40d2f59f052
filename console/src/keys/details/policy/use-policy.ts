import { GetKeyPolicyCommand, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { useQuery } from "@tanstack/react-query";

import { useKms } from "../../../aws/kms";
import { useChange } from "../../../aws/use-change";
import { useRegion } from "../../../frame/region";

export function usePolicy(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId, "policy"],
    queryFn: async () => (await kms.send(new GetKeyPolicyCommand({ KeyId: keyId }))).Policy ?? "",
  });
}

/** Puts a policy in place of the key's; the API refuses one that locks its author out. */
export function useSavePolicy(keyId: string, done: () => void) {
  const kms = useKms();
  return useChange({
    change: (text: string) => kms.send(new PutKeyPolicyCommand({ KeyId: keyId, Policy: text })),
    done: "The key policy was changed.",
    then: done,
  });
}
