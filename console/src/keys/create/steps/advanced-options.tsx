import type { OriginType } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { originsFor } from "../key-specs";
import { isInKeyStore } from "../wizard-state";
import { KeyStoreFields } from "./key-store-fields";
import type { StepProps } from "./step-props";

const ORIGINS: Readonly<Record<OriginType, { readonly label: string; readonly description: string }>> = {
  AWS_KMS: { label: "KMS - recommended", description: "KMS creates and manages the key material for the key." },
  EXTERNAL: {
    label: "External (Import key material)",
    description: "You create and import the key material for the key.",
  },
  AWS_CLOUDHSM: {
    label: "AWS CloudHSM key store",
    description: "The key material is created in the HSM cluster of your key store.",
  },
  EXTERNAL_KEY_STORE: {
    label: "External key store",
    description: "The key material is in an external key manager outside of KMS.",
  },
};

export function AdvancedOptions(props: StepProps) {
  const { state, set } = props;
  return (
    <SpaceBetween size="l">
      <FormField label="Key material origin" stretch>
        <RadioGroup
          value={state.origin}
          onChange={({ detail }) => set({ origin: detail.value as OriginType })}
          items={originsFor(state.keySpec).map((value) => ({ value, ...ORIGINS[value] }))}
        />
      </FormField>
      {state.origin === "EXTERNAL" && <ImportConfirmation {...props} />}
      {isInKeyStore(state.origin) && <KeyStoreFields {...props} />}
      <FormField label="Regionality" stretch>
        <RadioGroup
          value={state.multiRegion ? "multi" : "single"}
          onChange={({ detail }) => set({ multiRegion: detail.value === "multi" })}
          items={[
            {
              value: "single",
              label: "Single-Region key",
              description: "Never allow this key to be replicated into other Regions",
            },
            {
              value: "multi",
              label: "Multi-Region key",
              description: "Allow this key to be replicated into other Regions",
              disabled: isInKeyStore(state.origin),
            },
          ]}
        />
      </FormField>
    </SpaceBetween>
  );
}

function ImportConfirmation({ state, set, showProblems }: StepProps) {
  return (
    <FormField errorText={showProblems && !state.importConfirmed && "Confirm this to go on."} stretch>
      <SpaceBetween size="s">
        <Alert type="info">
          The key is created without key material. You import the material afterwards, and you keep a copy of it: KMS
          cannot give it back to you.
        </Alert>
        <Checkbox checked={state.importConfirmed} onChange={({ detail }) => set({ importConfirmed: detail.checked })}>
          I understand the security, availability, and durability implications of using an imported key.
        </Checkbox>
      </SpaceBetween>
    </FormField>
  );
}
