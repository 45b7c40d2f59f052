import type { KeySpec, KeyUsageType } from "@aws-sdk/client-kms";

export const USAGE_DESCRIPTIONS: Readonly<Record<KeyUsageType, string>> = {
  ENCRYPT_DECRYPT: "Use the key only to encrypt and decrypt data.",
  SIGN_VERIFY: "Key pairs for digital signing: the private key signs, and the public key verifies.",
  GENERATE_VERIFY_MAC: "Use the key only to generate and verify hash-based message authentication codes (HMAC).",
  KEY_AGREEMENT: "Key pairs for deriving shared secrets.",
  ENCAPSULATE_DECAPSULATE: "Key pairs for encapsulating and decapsulating shared secrets (ML-KEM, FIPS 203).",
};

export const SPEC_DESCRIPTIONS: Partial<Record<KeySpec, string>> = {
  ECC_NIST_EDWARDS25519: "Ed25519",
  ECC_SECG_P256K1: "The curve of cryptocurrencies",
  ML_DSA_44: "Post-quantum signatures, FIPS 204, security category 2",
  ML_DSA_65: "Post-quantum signatures, FIPS 204, security category 3",
  ML_DSA_87: "Post-quantum signatures, FIPS 204, security category 5",
  ML_KEM_512: "Security category 1",
  ML_KEM_768: "Security category 3",
  ML_KEM_1024: "Security category 5",
};
