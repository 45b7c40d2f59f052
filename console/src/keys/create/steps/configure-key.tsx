import type { KeySpec, KeyUsageType } from "@aws-sdk/client-kms";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";

import { USAGE_LABELS } from "../../key-labels";
import { specsFor, usagesFor } from "../key-specs";
import { AdvancedOptions } from "./advanced-options";
import { SPEC_DESCRIPTIONS, USAGE_DESCRIPTIONS } from "./descriptions";
import type { StepProps } from "./step-props";

export function ConfigureKey(props: StepProps) {
  const { state, set } = props;
  const { keyType, keyUsage, keySpec } = state;
  const specs = specsFor(keyType, keyUsage);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Configure key</Header>}>
        <SpaceBetween size="l">
          <FormField label="Key type" stretch>
            <Tiles
              value={keyType}
              onChange={({ detail }) => set({ keyType: detail.value === "asymmetric" ? "asymmetric" : "symmetric" })}
              items={[
                {
                  value: "symmetric",
                  label: "Symmetric",
                  description:
                    "A single key used for encrypting and decrypting data or generating and verifying HMAC codes",
                },
                {
                  value: "asymmetric",
                  label: "Asymmetric",
                  description:
                    "A public and private key pair used for encrypting and decrypting data, signing and verifying messages, deriving shared secrets or encapsulating keys",
                },
              ]}
            />
          </FormField>
          <FormField label="Key usage" stretch>
            <RadioGroup
              value={keyUsage}
              onChange={({ detail }) => set({ keyUsage: detail.value as KeyUsageType })}
              items={usagesFor(keyType).map((value) => ({
                value,
                label: USAGE_LABELS[value],
                description: USAGE_DESCRIPTIONS[value],
              }))}
            />
          </FormField>
          {specs.length > 1 && (
            <FormField label="Key spec" stretch>
              <RadioGroup
                value={keySpec}
                onChange={({ detail }) => set({ keySpec: detail.value as KeySpec })}
                items={specs.map((value) => ({ value, label: value, description: SPEC_DESCRIPTIONS[value] }))}
              />
            </FormField>
          )}
        </SpaceBetween>
      </Container>
      <ExpandableSection
        variant="container"
        headerText="Advanced options"
        defaultExpanded={state.origin !== "AWS_KMS" || state.multiRegion}
      >
        <AdvancedOptions {...props} />
      </ExpandableSection>
    </SpaceBetween>
  );
}
