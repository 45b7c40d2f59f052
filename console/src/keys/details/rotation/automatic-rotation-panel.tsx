import type { GetKeyRotationStatusResponse } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import RadioGroup from "@cloudscape-design/components/radio-group";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { timeText } from "../../../aws/times";
import { ConfirmModal } from "../../actions/confirm-modal";
import type { KeyTabProps } from "../use-key";
import { useRotationStatus, useSetRotation } from "./use-rotation";

const LEAST_DAYS = 90;
const MOST_DAYS = 2560;
const STANDARD_DAYS = 365;

export function AutomaticRotationPanel({ metadata: { KeyId: keyId = "" }, changeable }: KeyTabProps) {
  const status = useRotationStatus(keyId);
  const [editing, setEditing] = useState(false);
  const edit = (
    <Button disabled={!status.isSuccess} onClick={() => setEditing(true)}>
      Edit
    </Button>
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={changeable ? undefined : "AWS managed keys are rotated automatically every year."}
          actions={changeable && edit}
        >
          Automatic rotation
        </Header>
      }
    >
      {status.isError && <ApiFailure error={status.error} retry={() => void status.refetch()} />}
      {status.data && <RotationStatus status={status.data} />}
      {editing && status.data && <EditModal keyId={keyId} status={status.data} close={() => setEditing(false)} />}
    </Container>
  );
}

function RotationStatus({ status }: { readonly status: GetKeyRotationStatusResponse }) {
  const { KeyRotationEnabled: enabled = false, RotationPeriodInDays: days, NextRotationDate: next } = status;
  const indicator = enabled ? "success" : "stopped";
  return (
    <KeyValuePairs
      columns={3}
      items={[
        {
          label: "Status",
          value: <StatusIndicator type={indicator}>{enabled ? "Enabled" : "Disabled"}</StatusIndicator>,
        },
        { label: "Rotation period", value: days === undefined ? "-" : `${days} days` },
        { label: "Next automatic rotation", value: timeText(next) },
      ]}
    />
  );
}

/** Reads a rotation period; undefined where AWS takes no such one. */
export function rotationPeriod(text: string): number | undefined {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return days >= LEAST_DAYS && days <= MOST_DAYS ? days : undefined;
}

interface EditModalProps {
  readonly keyId: string;
  readonly status: GetKeyRotationStatusResponse;
  readonly close: () => void;
}

function EditModal({ keyId, status, close }: EditModalProps) {
  const [enabled, setEnabled] = useState(status.KeyRotationEnabled ?? false);
  const [text, setText] = useState(String(status.RotationPeriodInDays ?? STANDARD_DAYS));
  const save = useSetRotation(keyId, close);
  const days = rotationPeriod(text);
  return (
    <ConfirmModal
      title="Edit automatic rotation"
      confirmText="Save"
      disabled={enabled && days === undefined}
      loading={save.isPending}
      close={close}
      confirm={() => save.mutate({ enabled, days: days ?? STANDARD_DAYS })}
    >
      {save.isError && <ApiFailure error={save.error} />}
      <FormField label="Key rotation">
        <RadioGroup
          value={enabled ? "enabled" : "disabled"}
          onChange={({ detail }) => setEnabled(detail.value === "enabled")}
          items={[
            { value: "enabled", label: "Enable" },
            { value: "disabled", label: "Disable" },
          ]}
        />
      </FormField>
      {enabled && (
        <FormField
          label="Rotation period (in days)"
          constraintText={`Enter a number between ${LEAST_DAYS} and ${MOST_DAYS}.`}
          errorText={days === undefined && `The rotation period must be ${LEAST_DAYS} to ${MOST_DAYS} days.`}
        >
          <Input inputMode="numeric" value={text} onChange={({ detail }) => setText(detail.value.trim())} />
        </FormField>
      )}
    </ConfirmModal>
  );
}
