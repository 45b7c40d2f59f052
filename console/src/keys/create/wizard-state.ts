import type { KeyMetadata, KeySpec, KeyUsageType, OriginType, Tag } from "@aws-sdk/client-kms";

import type { WizardChoices } from "../../policy/wizard-choices";
import { originsFor, specsFor, usagesFor } from "./key-specs";

export type KeyType = "symmetric" | "asymmetric";

/** All that is chosen in the wizard; it survives going back and forth. */
export interface WizardState {
  readonly keyType: KeyType;
  readonly keyUsage: KeyUsageType;
  readonly keySpec: KeySpec;
  readonly origin: OriginType;
  readonly multiRegion: boolean;
  /** The box of who imports key material, that they know what it means. */
  readonly importConfirmed: boolean;
  readonly customKeyStoreId: string;
  readonly xksKeyId: string;
  /** Without `alias/`. */
  readonly alias: string;
  readonly description: string;
  readonly tags: readonly Tag[];
  readonly administrators: readonly string[];
  readonly administratorsMayDelete: boolean;
  readonly users: readonly string[];
  readonly otherAccounts: readonly string[];
  /** The policy as edited; undefined while it is the one that the choices make. */
  readonly editedPolicy: string | undefined;
}

export const NEW_KEY: WizardState = {
  keyType: "symmetric",
  keyUsage: "ENCRYPT_DECRYPT",
  keySpec: "SYMMETRIC_DEFAULT",
  origin: "AWS_KMS",
  multiRegion: false,
  importConfirmed: false,
  customKeyStoreId: "",
  xksKeyId: "",
  alias: "",
  description: "",
  tags: [],
  administrators: [],
  administratorsMayDelete: true,
  users: [],
  otherAccounts: [],
  editedPolicy: undefined,
};

const POLICY_CHOICES: readonly (keyof WizardState)[] = [
  "keyUsage",
  "keySpec",
  "origin",
  "multiRegion",
  "administrators",
  "administratorsMayDelete",
  "users",
  "otherAccounts",
];

/**
 * Applies a change, and then what follows from it.
 *
 * A choice that the others no longer allow falls back to the first that they do; an edited policy gives way to the one
 * of the new choices.
 */
export function changed(state: WizardState, change: Partial<WizardState>): WizardState {
  const wanted = { ...state, ...change };
  const keyUsage = allowed(usagesFor(wanted.keyType), wanted.keyUsage);
  const keySpec = allowed(specsFor(wanted.keyType, keyUsage), wanted.keySpec);
  const origin = allowed(originsFor(keySpec), wanted.origin);
  const multiRegion = wanted.multiRegion && !isInKeyStore(origin);
  const store = origin === state.origin ? {} : { customKeyStoreId: "", xksKeyId: "" };
  const next = { ...wanted, keyUsage, keySpec, origin, multiRegion, ...store };
  const policyChanges = POLICY_CHOICES.some((name) => next[name] !== state[name]);
  return policyChanges && !("editedPolicy" in change) ? { ...next, editedPolicy: undefined } : next;
}

export function isInKeyStore(origin: OriginType): boolean {
  return origin === "AWS_CLOUDHSM" || origin === "EXTERNAL_KEY_STORE";
}

export function policyChoices(state: WizardState, accountId: string): WizardChoices {
  const { keySpec, keyUsage, origin, multiRegion, administrators, administratorsMayDelete, users } = state;
  return {
    accountId,
    key: { keySpec, keyUsage, origin, multiRegion },
    administrators,
    administratorsMayDelete,
    users,
    otherAccounts: state.otherAccounts,
  };
}

/** The key as its metadata would say it, to show it with the labels of keys. */
export function plannedKey(state: WizardState): KeyMetadata {
  const { keySpec, keyUsage, origin, multiRegion } = state;
  return {
    KeyId: undefined,
    KeySpec: keySpec,
    KeyUsage: keyUsage,
    Origin: origin,
    MultiRegion: multiRegion,
    ...(multiRegion && { MultiRegionConfiguration: { MultiRegionKeyType: "PRIMARY" as const } }),
  };
}

function allowed<Value>(values: readonly Value[], wanted: Value): Value {
  return values.includes(wanted) ? wanted : (values[0] ?? wanted);
}
