import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { timeText } from "../../../aws/times";
import { DeleteMaterialModal } from "../import/delete-material-modal";
import { ImportModal } from "../import/import-modal";
import type { KeyTabProps } from "../use-key";

/** The one imported material of an asymmetric or HMAC key. */
export default function SingleMaterialTab({ metadata }: KeyTabProps) {
  const [asking, setAsking] = useState<"import" | "delete">();
  const { KeyId: keyId = "", KeyState: state, ExpirationModel: model, ValidTo: end } = metadata;
  const missing = state === "PendingImport";
  const close = () => setAsking(undefined);
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={missing} onClick={() => setAsking("delete")}>
                Delete key material
              </Button>
              <Button onClick={() => setAsking("import")}>Import key material</Button>
            </SpaceBetween>
          }
        >
          Key material
        </Header>
      }
    >
      <KeyValuePairs
        columns={2}
        items={[
          { label: "Import state", value: missing ? "Pending import" : "Imported" },
          { label: "Expiration date", value: model === "KEY_MATERIAL_EXPIRES" ? timeText(end) : "Does not expire" },
        ]}
      />
      {asking === "import" && <ImportModal metadata={metadata} again={false} close={close} />}
      {asking === "delete" && <DeleteMaterialModal keyId={keyId} materialId={undefined} close={close} />}
    </Container>
  );
}
