import { DescribeKeyCommand, type KeyMetadata, ListAliasesCommand } from "@aws-sdk/client-kms";
import { useQuery } from "@tanstack/react-query";

import { useKms } from "../../aws/kms";
import { allPages } from "../../aws/pages";
import { useRegion } from "../../frame/region";

/** What every tab is given. */
export interface KeyTabProps {
  readonly metadata: KeyMetadata;
  /** Nobody changes an AWS managed key. */
  readonly changeable: boolean;
}

export function useKey(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId],
    queryFn: async () => {
      const { KeyMetadata: metadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
      if (metadata === undefined) {
        throw new Error("DescribeKey gave no KeyMetadata.");
      }
      return metadata;
    },
  });
}

export function useKeyAliases(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId, "aliases"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new ListAliasesCommand({ KeyId: keyId, Marker }));
        return { items: answer.Aliases, next: answer.NextMarker };
      }),
  });
}
