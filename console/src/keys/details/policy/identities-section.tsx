import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { identityOfArn } from "../../../identities/identity-arns";
import { IdentityPicker } from "../../../identities/identity-picker";
import { ConfirmModal } from "../../actions/confirm-modal";

interface IdentitiesSectionProps {
  readonly title: string;
  readonly description: string;
  readonly chosen: readonly string[];
  readonly busy: boolean;
  readonly change: (chosen: readonly string[]) => void;
}

/** Users and roles of one kind of permission, with Add and Remove. */
export function IdentitiesSection({ title, description, chosen, busy, change }: IdentitiesSectionProps) {
  const [selected, setSelected] = useState<string[]>([]);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${chosen.length})`}
            description={description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  disabled={selected.length === 0}
                  loading={busy}
                  onClick={() => {
                    change(chosen.filter((arn) => !selected.includes(arn)));
                    setSelected([]);
                  }}
                >
                  Remove
                </Button>
                <Button onClick={() => setAdding(true)}>Add</Button>
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        items={chosen}
        selectionType="multi"
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: `Chosen of ${title}`,
          allItemsSelectionLabel: () => `Choose all of ${title}`,
          itemSelectionLabel: (_, arn) => `Choose ${identityOfArn(arn).name}`,
        }}
        columnDefinitions={[
          { id: "name", header: "Name", cell: (arn) => identityOfArn(arn).name, isRowHeader: true },
          { id: "path", header: "Path", cell: (arn) => identityOfArn(arn).path },
          { id: "type", header: "Type", cell: (arn) => identityOfArn(arn).type },
        ]}
        empty="Nobody"
      />
      {adding && <AddModal title={title} chosen={chosen} change={change} close={() => setAdding(false)} />}
    </>
  );
}

interface AddModalProps {
  readonly title: string;
  readonly chosen: readonly string[];
  readonly change: (chosen: readonly string[]) => void;
  readonly close: () => void;
}

function AddModal({ title, chosen, change, close }: AddModalProps) {
  const [added, setAdded] = useState<readonly string[]>([]);
  return (
    <ConfirmModal
      title={`Add ${title.toLowerCase()}`}
      confirmText="Add"
      disabled={added.length === 0}
      close={close}
      confirm={() => {
        change([...chosen, ...added]);
        close();
      }}
    >
      <IdentityPicker title={title} without={chosen} chosen={added} choose={setAdded} />
    </ConfirmModal>
  );
}
