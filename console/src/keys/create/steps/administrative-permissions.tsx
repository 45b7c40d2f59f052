import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { IdentityPicker } from "../../../identities/identity-picker";
import type { StepProps } from "./step-props";

export function AdministrativePermissions({ state, set }: StepProps) {
  return (
    <SpaceBetween size="l">
      <IdentityPicker
        title="Key administrators"
        description="Choose the IAM users and roles who can administer this key through the KMS API."
        chosen={state.administrators}
        choose={(administrators) => set({ administrators })}
      />
      <Container header={<Header variant="h2">Key deletion</Header>}>
        <Checkbox
          checked={state.administratorsMayDelete}
          onChange={({ detail }) => set({ administratorsMayDelete: detail.checked })}
        >
          Allow key administrators to delete this key
        </Checkbox>
      </Container>
    </SpaceBetween>
  );
}
