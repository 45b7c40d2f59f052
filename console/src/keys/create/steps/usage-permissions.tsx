import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { IdentityPicker } from "../../../identities/identity-picker";
import { OtherAccounts } from "../../other-accounts";
import type { StepProps } from "./step-props";

export function UsagePermissions({ state, accountId, set }: StepProps) {
  return (
    <SpaceBetween size="l">
      <IdentityPicker
        title="Key users"
        description="Choose the IAM users and roles who can use this key in cryptographic operations."
        chosen={state.users}
        choose={(users) => set({ users })}
      />
      <Container
        header={
          <Header variant="h2" description="Administrators of the accounts you name decide who there may use this key.">
            Other AWS accounts
          </Header>
        }
      >
        <OtherAccounts
          accountId={accountId}
          accounts={state.otherAccounts}
          change={(otherAccounts) => set({ otherAccounts })}
        />
      </Container>
    </SpaceBetween>
  );
}
