import type { KeyMetadata } from "@aws-sdk/client-kms";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";

import { timeText } from "../../aws/times";
import { keyTypeLabel, originLabel, usageLabel } from "../key-labels";
import type { KeyTabProps } from "./use-key";

export default function CryptographicConfigurationTab({ metadata }: KeyTabProps) {
  const { KeySpec: spec } = metadata;
  return (
    <Container header={<Header variant="h2">Cryptographic configuration</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Key type", value: keyTypeLabel(metadata) },
          { label: "Origin", value: originLabel(metadata) },
          { label: "Key spec", value: spec ?? "-" },
          { label: "Key usage", value: usageLabel(metadata) },
          ...algorithms(metadata),
          ...importedMaterial(metadata),
          ...keyStore(metadata),
        ]}
      />
    </Container>
  );
}

function algorithms(metadata: KeyMetadata): KeyValuePairsProps.Item[] {
  const lists = [
    { label: "Encryption algorithms", names: metadata.EncryptionAlgorithms },
    { label: "Signing algorithms", names: metadata.SigningAlgorithms },
    { label: "MAC algorithms", names: metadata.MacAlgorithms },
    { label: "Key agreement algorithms", names: metadata.KeyAgreementAlgorithms },
    { label: "Encapsulation algorithms", names: metadata.EncapsulationAlgorithms },
  ];
  return lists.flatMap(({ label, names }) => (names === undefined ? [] : [{ label, value: <Lines of={names} /> }]));
}

function importedMaterial({
  Origin: origin,
  ExpirationModel: model,
  ValidTo: end,
}: KeyMetadata): KeyValuePairsProps.Item[] {
  if (origin !== "EXTERNAL" || model === undefined) {
    return [];
  }
  return [{ label: "Expiration date", value: end === undefined ? "Does not expire" : timeText(end) }];
}

function keyStore(metadata: KeyMetadata): KeyValuePairsProps.Item[] {
  const { CustomKeyStoreId: id, CloudHsmClusterId: cluster, XksKeyConfiguration: external } = metadata;
  const items = [
    { label: "Custom key store ID", value: id },
    { label: "CloudHSM cluster ID", value: cluster },
    { label: "External key ID", value: external?.Id },
  ];
  return items.filter(({ value }) => value !== undefined);
}

function Lines({ of: lines }: { readonly of: readonly string[] }) {
  return lines.map((line) => <div key={line}>{line}</div>);
}
