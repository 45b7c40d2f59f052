import type { KeySpec, KeyUsageType, OriginType } from "@aws-sdk/client-kms";

import type { KeyType } from "./wizard-state";

// Source: AWS KMS Developer Guide, "Key spec reference". The first of a list is what the wizard proposes.
const RSA: readonly KeySpec[] = ["RSA_2048", "RSA_3072", "RSA_4096"];
const ECC_NIST: readonly KeySpec[] = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"];
const ML_DSA: readonly KeySpec[] = ["ML_DSA_44", "ML_DSA_65", "ML_DSA_87"];
const ML_KEM: readonly KeySpec[] = ["ML_KEM_768", "ML_KEM_512", "ML_KEM_1024"];

const SYMMETRIC: Partial<Record<KeyUsageType, readonly KeySpec[]>> = {
  ENCRYPT_DECRYPT: ["SYMMETRIC_DEFAULT"],
  GENERATE_VERIFY_MAC: ["HMAC_256", "HMAC_224", "HMAC_384", "HMAC_512"],
};
const ASYMMETRIC: Partial<Record<KeyUsageType, readonly KeySpec[]>> = {
  ENCRYPT_DECRYPT: RSA,
  SIGN_VERIFY: [...RSA, ...ECC_NIST, "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", ...ML_DSA],
  KEY_AGREEMENT: ECC_NIST,
  ENCAPSULATE_DECAPSULATE: ML_KEM,
};

export function usagesFor(keyType: KeyType): readonly KeyUsageType[] {
  return Object.keys(keyType === "symmetric" ? SYMMETRIC : ASYMMETRIC) as KeyUsageType[];
}

export function specsFor(keyType: KeyType, usage: KeyUsageType): readonly KeySpec[] {
  return (keyType === "symmetric" ? SYMMETRIC : ASYMMETRIC)[usage] ?? [];
}

/** Where the key material of such a key may come from. */
export function originsFor(spec: KeySpec): readonly OriginType[] {
  if (spec === "SYMMETRIC_DEFAULT") {
    return ["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"];
  }
  return [...ML_DSA, ...ML_KEM].includes(spec) ? ["AWS_KMS"] : ["AWS_KMS", "EXTERNAL"];
}
