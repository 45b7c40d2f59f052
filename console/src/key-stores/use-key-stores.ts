import { DescribeCustomKeyStoresCommand } from "@aws-sdk/client-kms";
import { useQuery } from "@tanstack/react-query";

import { useKms } from "../aws/kms";
import { allPages } from "../aws/pages";
import { useRegion } from "../frame/region";

export function useKeyStores() {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key-stores"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new DescribeCustomKeyStoresCommand({ Marker }));
        return { items: answer.CustomKeyStores, next: answer.NextMarker };
      }),
  });
}
