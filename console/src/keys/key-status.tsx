import type { KeyMetadata, KeyState } from "@aws-sdk/client-kms";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";

import { statusLabel } from "./key-labels";

const TYPES: Readonly<Record<KeyState, StatusIndicatorProps.Type>> = {
  Creating: "in-progress",
  Enabled: "success",
  Disabled: "stopped",
  PendingDeletion: "warning",
  PendingImport: "pending",
  PendingReplicaDeletion: "warning",
  Unavailable: "error",
  Updating: "in-progress",
};

export function KeyStatus({ metadata }: { readonly metadata: KeyMetadata }) {
  const { KeyState: state } = metadata;
  return <StatusIndicator type={state === undefined ? "info" : TYPES[state]}>{statusLabel(metadata)}</StatusIndicator>;
}
