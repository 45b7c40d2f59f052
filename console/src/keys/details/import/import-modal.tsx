import type { AlgorithmSpec, ImportType, KeyMetadata, WrappingKeySpec } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import Select from "@cloudscape-design/components/select";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { ConfirmModal } from "../../actions/confirm-modal";
import { isSymmetricEncryption } from "../../key-labels";
import { FileField, MaterialFields } from "./import-fields";
import { type ImportChoices, isComplete } from "./import-choices";
import { useDownloadParameters, useImport } from "./use-import";
import { canWrapHere, WRAPPING_KEY_SPECS, wrappingAlgorithms } from "./wrapping";

interface ImportModalProps {
  readonly metadata: KeyMetadata;
  /** Whether the key has had key material before. */
  readonly again: boolean;
  readonly close: () => void;
}

export interface ImportFieldsProps {
  readonly choices: ImportChoices;
  readonly set: (change: Partial<ImportChoices>) => void;
}

function firstChoices(metadata: KeyMetadata, again: boolean): ImportChoices {
  const [algorithm = "RSAES_OAEP_SHA_256"] = wrappingAlgorithms(metadata);
  return {
    wrapsHere: canWrapHere(algorithm),
    wrappingKeySpec: "RSA_4096",
    algorithm,
    material: undefined,
    token: undefined,
    expires: false,
    lastDay: "",
    description: "",
    importType: again && isSymmetricEncryption(metadata) ? "EXISTING_KEY_MATERIAL" : undefined,
  };
}

/** Imports key material: this browser wraps it, or it was wrapped with the downloaded key. */
export function ImportModal({ metadata, again, close }: ImportModalProps) {
  const { KeyId: keyId = "" } = metadata;
  const [choices, setChoices] = useState(() => firstChoices(metadata, again));
  const [opened] = useState(() => new Date());
  const importing = useImport(keyId, close);
  const set = (change: Partial<ImportChoices>) => setChoices((before) => ({ ...before, ...change }));
  return (
    <ConfirmModal
      title="Import key material"
      confirmText="Import key material"
      disabled={!isComplete(choices, opened)}
      loading={importing.isPending}
      close={close}
      confirm={() => importing.mutate(choices)}
    >
      {importing.isError && <ApiFailure error={importing.error} />}
      <WrappingFields metadata={metadata} choices={choices} set={set} />
      {!choices.wrapsHere && <Parameters keyId={keyId} choices={choices} set={set} />}
      {choices.importType !== undefined && <ImportTypeField choices={choices} set={set} />}
      <MaterialFields choices={choices} set={set} symmetric={isSymmetricEncryption(metadata)} />
    </ConfirmModal>
  );
}

function WrappingFields({ metadata, choices, set }: ImportFieldsProps & { readonly metadata: KeyMetadata }) {
  const { wrapsHere, algorithm, wrappingKeySpec } = choices;
  const chooseAlgorithm = (chosen: AlgorithmSpec) =>
    set({ algorithm: chosen, wrapsHere: wrapsHere && canWrapHere(chosen) });
  return (
    <>
      <FormField label="Wrapping key spec">
        <Select
          options={WRAPPING_KEY_SPECS.map((value) => ({ value, label: value }))}
          selectedOption={{ value: wrappingKeySpec, label: wrappingKeySpec }}
          onChange={({ detail }) => set({ wrappingKeySpec: detail.selectedOption.value as WrappingKeySpec })}
        />
      </FormField>
      <FormField label="Wrapping algorithm">
        <Select
          options={wrappingAlgorithms(metadata).map((value) => ({ value, label: value }))}
          selectedOption={{ value: algorithm, label: algorithm }}
          onChange={({ detail }) => chooseAlgorithm(detail.selectedOption.value as AlgorithmSpec)}
        />
      </FormField>
      <FormField label="Wrapping">
        <RadioGroup
          value={wrapsHere ? "here" : "elsewhere"}
          onChange={({ detail }) => set({ wrapsHere: detail.value === "here" })}
          items={[
            {
              value: "here",
              label: "Wrap the key material in this browser",
              description: "The material leaves this browser only wrapped.",
              disabled: !canWrapHere(algorithm),
            },
            { value: "elsewhere", label: "Upload key material that is wrapped already" },
          ]}
        />
      </FormField>
    </>
  );
}

function Parameters({ keyId, choices, set }: ImportFieldsProps & { readonly keyId: string }) {
  const download = useDownloadParameters(keyId);
  return (
    <>
      {download.isError && <ApiFailure error={download.error} />}
      <Button iconName="download" loading={download.isPending} onClick={() => download.mutate(choices)}>
        Download wrapping key and import token
      </Button>
      <FileField label="Import token" file={choices.token} choose={(token) => set({ token })} />
    </>
  );
}

function ImportTypeField({ choices, set }: ImportFieldsProps) {
  return (
    <FormField label="Import type">
      <RadioGroup
        value={choices.importType ?? null}
        onChange={({ detail }) => set({ importType: detail.value as ImportType })}
        items={[
          {
            value: "EXISTING_KEY_MATERIAL",
            label: "Existing key material",
            description: "Import again what this key had before.",
          },
          {
            value: "NEW_KEY_MATERIAL",
            label: "New key material",
            description: "It waits until the key is rotated on demand.",
          },
        ]}
      />
    </FormField>
  );
}
