import { GetKeyLastUsageCommand, type GetKeyLastUsageResponse } from "@aws-sdk/client-kms";
import Box from "@cloudscape-design/components/box";
import Popover from "@cloudscape-design/components/popover";
import { useQuery } from "@tanstack/react-query";

import { errorText } from "../../aws/error-text";
import { useKms } from "../../aws/kms";
import { timeText } from "../../aws/times";
import { useRegion } from "../../frame/region";

/** The last successful cryptographic operation with a key. */
export function LastUsed({ keyId }: { readonly keyId: string }) {
  const kms = useKms();
  const usage = useQuery({
    queryKey: [useRegion(), "key", keyId, "last-usage"],
    queryFn: () => kms.send(new GetKeyLastUsageCommand({ KeyId: keyId })),
  });
  if (usage.isPending) {
    return <Box color="text-status-inactive">…</Box>;
  }
  return usage.isError ? <NotReadable error={usage.error} /> : lastUsedText(usage.data);
}

export function lastUsedText({ KeyLastUsage: last, TrackingStartDate: since }: GetKeyLastUsageResponse): string {
  if (last?.Timestamp !== undefined) {
    return `${timeText(last.Timestamp)}, ${last.Operation ?? ""}`;
  }
  return since === undefined ? "Never" : `Not since ${timeText(since)}`;
}

function NotReadable({ error }: { readonly error: unknown }) {
  const { code, message } = errorText(error);
  return (
    <Popover header={code} content={message} dismissButton={false}>
      Not readable
    </Popover>
  );
}
