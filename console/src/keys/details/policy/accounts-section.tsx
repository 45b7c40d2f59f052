import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";

import { ConfirmModal } from "../../actions/confirm-modal";
import { areValidAccounts, OtherAccounts } from "../../other-accounts";

interface AccountsSectionProps {
  readonly accountId: string;
  readonly chosen: readonly string[];
  readonly busy: boolean;
  readonly change: (accounts: readonly string[]) => void;
}

/** Accounts whose principals may use the key as far as their own policies let them. */
export function AccountsSection({ accountId, chosen, busy, change }: AccountsSectionProps) {
  const [edited, setEdited] = useState<readonly string[]>();
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${chosen.length})`}
          description="Administrators of those accounts decide who there may use the key."
          actions={
            <Button loading={busy} onClick={() => setEdited(chosen)}>
              Edit
            </Button>
          }
        >
          Other AWS accounts
        </Header>
      }
    >
      {chosen.length === 0 ? "No other AWS account may use this key." : chosen.map((id) => <div key={id}>{id}</div>)}
      {edited !== undefined && (
        <ConfirmModal
          title="Other AWS accounts"
          confirmText="Save changes"
          disabled={!areValidAccounts(edited, accountId)}
          close={() => setEdited(undefined)}
          confirm={() => {
            change(edited);
            setEdited(undefined);
          }}
        >
          <OtherAccounts accountId={accountId} accounts={edited} change={setEdited} />
        </ConfirmModal>
      )}
    </Container>
  );
}
