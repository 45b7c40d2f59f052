import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  type KeyMetadata,
  type KeyState,
  type KMSClient,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";

import { isSymmetric } from "../key-labels";

export type KeyAction = "enable" | "disable" | "schedule-deletion" | "cancel-deletion";

/** What is done to a key, and what is told of it; `days` is the waiting period of a deletion. */
export interface KeyOperation {
  readonly action: KeyAction;
  readonly days?: number;
}

const DONE: Readonly<Record<KeyAction, string>> = {
  enable: "enabled",
  disable: "disabled",
  "schedule-deletion": "scheduled for deletion",
  "cancel-deletion": "no longer scheduled for deletion; enable it to use it again",
};

export async function operate(kms: KMSClient, keyId: string, { action, days }: KeyOperation): Promise<void> {
  switch (action) {
    case "enable":
      await kms.send(new EnableKeyCommand({ KeyId: keyId }));
      return;
    case "disable":
      await kms.send(new DisableKeyCommand({ KeyId: keyId }));
      return;
    case "cancel-deletion":
      await kms.send(new CancelKeyDeletionCommand({ KeyId: keyId }));
      return;
    case "schedule-deletion":
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: days }));
  }
}

const PENDING: readonly KeyState[] = ["PendingDeletion", "PendingReplicaDeletion"];
const OFFERED: Readonly<Record<KeyAction, (state: KeyState) => boolean>> = {
  enable: (state) => state === "Disabled",
  disable: (state) => state === "Enabled",
  "schedule-deletion": (state) => !PENDING.includes(state),
  "cancel-deletion": (state) => PENDING.includes(state),
};

/** Whether the states of the keys let an action do something to each; the API has the last word. */
export function isOffered(action: KeyAction, keys: readonly KeyMetadata[]): boolean {
  return keys.length > 0 && keys.every(({ KeyState: state }) => state !== undefined && OFFERED[action](state));
}

/** Tells what was done: one key by its id, more by their number. */
export function doneText(action: KeyAction, keys: readonly KeyMetadata[]): string {
  const [first] = keys;
  const subject = keys.length === 1 && first ? `Key ${first.KeyId ?? ""} is` : `${keys.length} keys are`;
  return `${subject} ${DONE[action]}.`;
}

export function hasPublicKey(keys: readonly KeyMetadata[]): boolean {
  return keys.some((key) => !isSymmetric(key));
}
