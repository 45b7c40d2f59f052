import { CreateAliasCommand, CreateKeyCommand, type CreateKeyRequest, type KMSClient } from "@aws-sdk/client-kms";

import { printPolicy } from "../../policy/print-policy";
import { wizardPolicy } from "../../policy/wizard-policy";
import { policyChoices, type WizardState } from "./wizard-state";

export interface NewKey {
  readonly keyId: string;
  /** Why the key has no alias; undefined where it has. */
  readonly aliasError: unknown;
}

/** The policy of the new key: as edited, or as the choices make it. */
export function policyText(state: WizardState, accountId: string): string {
  return state.editedPolicy ?? printPolicy(wizardPolicy(policyChoices(state, accountId)));
}

export function createKeyRequest(state: WizardState, accountId: string): CreateKeyRequest {
  return {
    KeySpec: state.keySpec,
    KeyUsage: state.keyUsage,
    Origin: state.origin,
    MultiRegion: state.multiRegion,
    Description: state.description,
    Policy: policyText(state, accountId),
    ...(state.tags.length > 0 && { Tags: [...state.tags] }),
    ...(state.customKeyStoreId !== "" && { CustomKeyStoreId: state.customKeyStoreId }),
    ...(state.xksKeyId !== "" && { XksKeyId: state.xksKeyId }),
  };
}

/** Makes the key, then its alias: the API has no way to do both at once, so that the first may succeed alone. */
export async function createKey(kms: KMSClient, state: WizardState, accountId: string): Promise<NewKey> {
  const { KeyMetadata: metadata } = await kms.send(new CreateKeyCommand(createKeyRequest(state, accountId)));
  const keyId = metadata?.KeyId ?? "";
  try {
    await kms.send(new CreateAliasCommand({ AliasName: `alias/${state.alias}`, TargetKeyId: keyId }));
    return { keyId, aliasError: undefined };
  } catch (aliasError) {
    return { keyId, aliasError };
  }
}
