import type { KeyMetadata } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { ConfirmModal } from "../../actions/confirm-modal";
import { canRotateNow, isReplica, rotationsLeft } from "./materials";
import { useMaterials, useRotateNow } from "./use-rotation";

/** "Rotate now"; a key of imported material needs material that waits for it. */
export function OnDemandRotationPanel({ metadata }: { readonly metadata: KeyMetadata }) {
  const { KeyId: keyId = "" } = metadata;
  const materials = useMaterials(keyId);
  const [asking, setAsking] = useState(false);
  const rotate = useRotateNow(keyId, () => setAsking(false));
  const known = materials.data ?? [];
  const left = rotationsLeft(known);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Change the key material at once, beside the automatic rotations."
          actions={
            <Button disabled={!canRotateNow(metadata, known)} onClick={() => setAsking(true)}>
              Rotate now
            </Button>
          }
        >
          On-demand rotation
        </Header>
      }
    >
      {isReplica(metadata)
        ? "Multi-Region keys are rotated at their primary key."
        : `${left} of 25 on-demand rotations are left.`}
      {asking && (
        <ConfirmModal
          title="Rotate key"
          confirmText="Rotate key"
          loading={rotate.isPending}
          close={() => setAsking(false)}
          confirm={() => rotate.mutate(undefined)}
        >
          {rotate.isError && <ApiFailure error={rotate.error} />}
          <Alert type="warning">
            {`On-demand rotation cannot be undone. New data is encrypted under new key material; older data can still be decrypted. ${left} on-demand rotations are left for this key.`}
          </Alert>
        </ConfirmModal>
      )}
    </Container>
  );
}
