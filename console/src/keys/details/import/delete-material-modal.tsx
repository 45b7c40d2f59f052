import { DeleteImportedKeyMaterialCommand } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { useKms } from "../../../aws/kms";
import { useChange } from "../../../aws/use-change";
import { ConfirmModal } from "../../actions/confirm-modal";

interface DeleteMaterialModalProps {
  readonly keyId: string;
  /** Undefined for keys that have only one. */
  readonly materialId: string | undefined;
  readonly close: () => void;
}

export function DeleteMaterialModal({ keyId, materialId, close }: DeleteMaterialModalProps) {
  const kms = useKms();
  const [confirmed, setConfirmed] = useState(false);
  const remove = useChange({
    change: () => kms.send(new DeleteImportedKeyMaterialCommand({ KeyId: keyId, KeyMaterialId: materialId })),
    done: "The key material was deleted.",
    then: close,
  });
  return (
    <ConfirmModal
      title="Delete key material"
      confirmText="Delete key material"
      disabled={!confirmed}
      loading={remove.isPending}
      close={close}
      confirm={() => remove.mutate(undefined)}
    >
      {remove.isError && <ApiFailure error={remove.error} />}
      <Alert type="warning">
        The key cannot be used until the same key material is imported again. Without a copy of yours, what was
        encrypted under it cannot be decrypted.
      </Alert>
      <Checkbox checked={confirmed} onChange={({ detail }) => setConfirmed(detail.checked)}>
        I confirm that I want to delete this key material, which may be unrecoverable.
      </Checkbox>
    </ConfirmModal>
  );
}
