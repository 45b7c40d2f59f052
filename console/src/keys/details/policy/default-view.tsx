import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { ApiFailure } from "../../../aws/api-failure";
import { printPolicy } from "../../../policy/print-policy";
import type { WizardChoices } from "../../../policy/wizard-choices";
import { wizardPolicy } from "../../../policy/wizard-policy";
import { AccountsSection } from "./accounts-section";
import { IdentitiesSection } from "./identities-section";
import { useSavePolicy } from "./use-policy";

interface DefaultViewProps {
  readonly keyId: string;
  readonly choices: WizardChoices;
}

/** The policy as the choices of the wizard; each change writes the policy that the wizard would write. */
export function DefaultView({ keyId, choices }: DefaultViewProps) {
  const save = useSavePolicy(keyId, () => undefined);
  const change = (changed: Partial<WizardChoices>) =>
    save.mutate(printPolicy(wizardPolicy({ ...choices, ...changed })));
  return (
    <SpaceBetween size="l">
      {save.isError && <ApiFailure error={save.error} />}
      <IdentitiesSection
        title="Key administrators"
        description="Who may manage the key. They cannot use it in cryptographic operations by this."
        chosen={choices.administrators}
        busy={save.isPending}
        change={(administrators) => change({ administrators })}
      />
      <Container header={<Header variant="h2">Key deletion</Header>}>
        <Checkbox
          checked={choices.administratorsMayDelete}
          disabled={choices.administrators.length === 0 || save.isPending}
          onChange={({ detail }) => change({ administratorsMayDelete: detail.checked })}
        >
          Allow key administrators to delete this key
        </Checkbox>
      </Container>
      <IdentitiesSection
        title="Key users"
        description="Who may use the key in cryptographic operations."
        chosen={choices.users}
        busy={save.isPending}
        change={(users) => change({ users })}
      />
      <AccountsSection
        accountId={choices.accountId}
        chosen={choices.otherAccounts}
        busy={save.isPending}
        change={(otherAccounts) => change({ otherAccounts })}
      />
    </SpaceBetween>
  );
}
