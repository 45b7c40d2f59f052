import type { KeyMetadata } from "@aws-sdk/client-kms";
import Box from "@cloudscape-design/components/box";

export function KeyNames({ keys }: { readonly keys: readonly KeyMetadata[] }) {
  return (
    <div>
      <Box variant="awsui-key-label">{keys.length === 1 ? "Key" : "Keys"}</Box>
      {keys.map(({ KeyId: id, Description: description }) => (
        <div key={id}>{description === undefined || description === "" ? id : `${id ?? ""} (${description})`}</div>
      ))}
    </div>
  );
}
