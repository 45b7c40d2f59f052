import { GetParametersForImportCommand, ImportKeyMaterialCommand, type KMSClient } from "@aws-sdk/client-kms";

import { saveFile } from "../../../aws/save-file";
import { useKms } from "../../../aws/kms";
import { useChange } from "../../../aws/use-change";
import { type ImportChoices, importRequest } from "./import-choices";
import { wrap } from "./wrapping";

/** Gives the browser the wrapping key and the import token, for material that is wrapped elsewhere. */
export function useDownloadParameters(keyId: string) {
  const kms = useKms();
  return useChange({
    change: async (choices: ImportChoices) => {
      const { publicKey, token } = await parameters(kms, keyId, choices);
      saveFile(`WrappingPublicKey_${keyId}.bin`, new Uint8Array(publicKey));
      saveFile(`ImportToken_${keyId}.bin`, new Uint8Array(token));
    },
    done: "The wrapping key and the import token were downloaded. They are valid for 24 hours.",
  });
}

export function useImport(keyId: string, done: () => void) {
  const kms = useKms();
  return useChange({
    change: async (choices: ImportChoices) => {
      const { material, token } = choices.wrapsHere ? await wrapped(kms, keyId, choices) : await uploaded(choices);
      await kms.send(new ImportKeyMaterialCommand(importRequest(keyId, choices, material, token)));
    },
    done: "The key material was imported.",
    then: done,
  });
}

async function wrapped(kms: KMSClient, keyId: string, choices: ImportChoices) {
  const { publicKey, token } = await parameters(kms, keyId, choices);
  const material = await bytesOf(choices.material);
  try {
    return { material: await wrap(publicKey, choices.algorithm, material), token };
  } finally {
    material.fill(0);
  }
}

async function uploaded(choices: ImportChoices) {
  return { material: await bytesOf(choices.material), token: await bytesOf(choices.token) };
}

async function parameters(kms: KMSClient, keyId: string, { algorithm, wrappingKeySpec }: ImportChoices) {
  const answer = await kms.send(
    new GetParametersForImportCommand({
      KeyId: keyId,
      WrappingAlgorithm: algorithm,
      WrappingKeySpec: wrappingKeySpec,
    }),
  );
  return { publicKey: answer.PublicKey ?? new Uint8Array(), token: answer.ImportToken ?? new Uint8Array() };
}

async function bytesOf(file: File | undefined): Promise<Uint8Array> {
  return new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0));
}
