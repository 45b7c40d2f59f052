import type { KeyMetadata } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import { useState } from "react";

import { ConfirmModal } from "./confirm-modal";
import { KeyNames } from "./key-names";

interface DisableModalProps {
  readonly keys: readonly KeyMetadata[];
  readonly close: () => void;
  readonly confirm: () => void;
}

export function DisableModal({ keys, close, confirm }: DisableModalProps) {
  const [confirmed, setConfirmed] = useState(false);
  const object = keys.length === 1 ? "this key" : `these ${keys.length} keys`;
  return (
    <ConfirmModal
      title={keys.length === 1 ? "Disable key" : "Disable keys"}
      confirmText={keys.length === 1 ? "Disable key" : "Disable keys"}
      disabled={!confirmed}
      close={close}
      confirm={() => {
        confirm();
        close();
      }}
    >
      <Alert type="warning">
        A disabled key cannot be used in cryptographic operations. Whatever it protects cannot be read until it is
        enabled again.
      </Alert>
      <KeyNames keys={keys} />
      <Checkbox checked={confirmed} onChange={({ detail }) => setConfirmed(detail.checked)}>
        {`I confirm that I want to disable ${object}.`}
      </Checkbox>
    </ConfirmModal>
  );
}
