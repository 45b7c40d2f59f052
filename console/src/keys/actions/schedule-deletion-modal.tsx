import type { KeyMetadata } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { ConfirmModal } from "./confirm-modal";
import { hasPublicKey } from "./key-operations";
import { KeyNames } from "./key-names";

interface ScheduleDeletionModalProps {
  readonly keys: readonly KeyMetadata[];
  readonly close: () => void;
  readonly confirm: (days: number) => void;
}

const LEAST_DAYS = 7;
const MOST_DAYS = 30;

/** Reads a waiting period; undefined where AWS takes no such one. */
export function waitingPeriod(text: string): number | undefined {
  const days = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  return days >= LEAST_DAYS && days <= MOST_DAYS ? days : undefined;
}

export function ScheduleDeletionModal({ keys, close, confirm }: ScheduleDeletionModalProps) {
  const [text, setText] = useState(String(MOST_DAYS));
  const [confirmed, setConfirmed] = useState(false);
  const days = waitingPeriod(text);
  return (
    <ConfirmModal
      title="Schedule key deletion"
      confirmText="Schedule deletion"
      disabled={!confirmed || days === undefined}
      close={close}
      confirm={() => {
        confirm(days ?? MOST_DAYS);
        close();
      }}
    >
      <DeletionWarning keys={keys} />
      <KeyNames keys={keys} />
      <FormField
        label="Waiting period (in days)"
        description="The key cannot be used during the waiting period. You can cancel the deletion until it ends."
        constraintText={`Enter a number between ${LEAST_DAYS} and ${MOST_DAYS}.`}
        errorText={days === undefined && `The waiting period must be ${LEAST_DAYS} to ${MOST_DAYS} days.`}
      >
        <Input inputMode="numeric" value={text} onChange={({ detail }) => setText(detail.value.trim())} />
      </FormField>
      <Checkbox checked={confirmed} onChange={({ detail }) => setConfirmed(detail.checked)}>
        {keys.length === 1
          ? `Confirm you want to schedule this key for deletion in ${days ?? "…"} days.`
          : `Confirm you want to schedule these ${keys.length} keys for deletion in ${days ?? "…"} days.`}
      </Checkbox>
    </ConfirmModal>
  );
}

function DeletionWarning({ keys }: { readonly keys: readonly KeyMetadata[] }) {
  return (
    <Alert type="warning">
      <SpaceBetween size="xs">
        <div>
          Deleting a KMS key is destructive and irreversible. After it is deleted you can no longer decrypt the data
          that was encrypted under it, which means that the data becomes unrecoverable. If you are not sure, disable the
          key instead.
        </div>
        {hasPublicKey(keys) && (
          <div>
            Public keys that were downloaded go on working outside of KMS: what is encrypted with them after the
            deletion cannot be decrypted.
          </div>
        )}
      </SpaceBetween>
    </Alert>
  );
}
