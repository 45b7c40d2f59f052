import type { KeyMetadata, KeyState, KeyUsageType, MultiRegionKeyType, OriginType } from "@aws-sdk/client-kms";

/** The words of the AWS console for the values of the API. */
export const STATUS_LABELS: Readonly<Record<KeyState, string>> = {
  Creating: "Creating",
  Enabled: "Enabled",
  Disabled: "Disabled",
  PendingDeletion: "Pending deletion",
  PendingImport: "Pending import",
  PendingReplicaDeletion: "Pending replica deletion",
  Unavailable: "Unavailable",
  Updating: "Updating",
};

export const USAGE_LABELS: Readonly<Record<KeyUsageType, string>> = {
  ENCRYPT_DECRYPT: "Encrypt and decrypt",
  SIGN_VERIFY: "Sign and verify",
  GENERATE_VERIFY_MAC: "Generate and verify MAC",
  KEY_AGREEMENT: "Key agreement",
  ENCAPSULATE_DECAPSULATE: "Encapsulate and decapsulate",
};

export const ORIGIN_LABELS: Readonly<Record<OriginType, string>> = {
  AWS_KMS: "AWS KMS",
  EXTERNAL: "External (Import key material)",
  AWS_CLOUDHSM: "AWS CloudHSM",
  EXTERNAL_KEY_STORE: "External key store",
};

const REGIONALITY_LABELS: Readonly<Record<MultiRegionKeyType, string>> = {
  PRIMARY: "Multi-Region primary",
  REPLICA: "Multi-Region replica",
};

export const REGIONALITIES = ["Single-Region", ...Object.values(REGIONALITY_LABELS)] as const;
export const KEY_TYPES = ["Symmetric", "Asymmetric"] as const;

export function statusLabel({ KeyState: state }: KeyMetadata): string {
  return state === undefined ? "-" : STATUS_LABELS[state];
}

export function usageLabel({ KeyUsage: usage }: KeyMetadata): string {
  return usage === undefined ? "-" : USAGE_LABELS[usage];
}

export function originLabel({ Origin: origin }: KeyMetadata): string {
  return origin === undefined ? "-" : ORIGIN_LABELS[origin];
}

export function regionalityLabel({ MultiRegionConfiguration: configuration }: KeyMetadata): string {
  const type = configuration?.MultiRegionKeyType;
  return type === undefined ? "Single-Region" : REGIONALITY_LABELS[type];
}

export function isSymmetric({ KeySpec: spec = "SYMMETRIC_DEFAULT" }: KeyMetadata): boolean {
  return spec === "SYMMETRIC_DEFAULT" || spec.startsWith("HMAC_");
}

export function isSymmetricEncryption({ KeySpec: spec }: KeyMetadata): boolean {
  return spec === "SYMMETRIC_DEFAULT";
}

export function keyTypeLabel(metadata: KeyMetadata): string {
  return isSymmetric(metadata) ? "Symmetric" : "Asymmetric";
}
