import type { KeyMetadata } from "@aws-sdk/client-kms";

import type { WizardKey } from "../../policy/wizard-choices";

export function wizardKeyOf(metadata: KeyMetadata): WizardKey {
  return {
    keySpec: metadata.KeySpec ?? "SYMMETRIC_DEFAULT",
    keyUsage: metadata.KeyUsage ?? "ENCRYPT_DECRYPT",
    origin: metadata.Origin ?? "AWS_KMS",
    multiRegion: metadata.MultiRegion ?? false,
  };
}
