import { type AliasListEntry, CreateAliasCommand, DeleteAliasCommand } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { ApiFailure } from "../../aws/api-failure";
import { useKms } from "../../aws/kms";
import { timeText } from "../../aws/times";
import { useChange } from "../../aws/use-change";
import { ConfirmModal } from "../actions/confirm-modal";
import { aliasProblem } from "../alias-names";
import { aliasText } from "../list/key-rows";
import { NoKeys } from "../list/no-keys";
import { type KeyTabProps, useKeyAliases } from "./use-key";

type Asking = "create" | "delete";

export default function AliasesTab({ metadata: { KeyId: keyId = "" }, changeable }: KeyTabProps) {
  const aliases = useKeyAliases(keyId);
  const [selected, setSelected] = useState<AliasListEntry[]>([]);
  const [asking, setAsking] = useState<Asking>();
  const close = () => {
    setAsking(undefined);
    setSelected([]);
  };
  if (aliases.isError) {
    return <ApiFailure error={aliases.error} retry={() => void aliases.refetch()} />;
  }
  const found = aliases.data ?? [];
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${found.length})`}
            actions={changeable && <AliasButtons chosen={selected.length} ask={setAsking} />}
          >
            Aliases
          </Header>
        }
        {...(changeable && { selectionType: "multi" as const })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        items={found}
        loading={aliases.isPending}
        loadingText="Loading aliases"
        trackBy="AliasName"
        ariaLabels={{
          tableLabel: "Aliases",
          selectionGroupLabel: "Chosen aliases",
          allItemsSelectionLabel: () => "Choose all aliases",
          itemSelectionLabel: (_, { AliasName: name = "" }) => `Choose ${aliasText(name)}`,
        }}
        columnDefinitions={[
          { id: "name", header: "Alias name", cell: ({ AliasName: name = "" }) => aliasText(name), isRowHeader: true },
          { id: "arn", header: "Alias ARN", cell: ({ AliasArn: arn }) => arn },
          { id: "created", header: "Creation date", cell: ({ CreationDate: time }) => timeText(time) },
        ]}
        empty={<NoKeys title="No aliases" text="An alias is a name that stands for the key in requests." />}
      />
      {asking === "create" && <CreateAliasModal keyId={keyId} close={close} />}
      {asking === "delete" && <DeleteAliasesModal aliases={selected} close={close} />}
    </>
  );
}

function AliasButtons({ chosen, ask }: { readonly chosen: number; readonly ask: (what: Asking) => void }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={chosen === 0} onClick={() => ask("delete")}>
        Delete
      </Button>
      <Button onClick={() => ask("create")}>Create alias</Button>
    </SpaceBetween>
  );
}

function CreateAliasModal({ keyId, close }: { readonly keyId: string; readonly close: () => void }) {
  const kms = useKms();
  const [text, setText] = useState("");
  const problem = aliasProblem(text);
  const create = useChange({
    change: () => kms.send(new CreateAliasCommand({ AliasName: `alias/${text}`, TargetKeyId: keyId })),
    done: `The alias ${text} was created.`,
    then: close,
  });
  return (
    <ConfirmModal
      title="Create alias"
      confirmText="Create alias"
      disabled={problem !== undefined}
      loading={create.isPending}
      close={close}
      confirm={() => create.mutate(undefined)}
    >
      {create.isError && <ApiFailure error={create.error} />}
      <FormField
        label="Alias name"
        description="The console adds the prefix alias/ to what you type."
        errorText={text !== "" && problem}
      >
        <Input autoFocus value={text} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </ConfirmModal>
  );
}

interface DeleteAliasesModalProps {
  readonly aliases: readonly AliasListEntry[];
  readonly close: () => void;
}

function DeleteAliasesModal({ aliases, close }: DeleteAliasesModalProps) {
  const kms = useKms();
  const remove = useChange({
    change: async () => {
      for (const { AliasName } of aliases) {
        await kms.send(new DeleteAliasCommand({ AliasName }));
      }
    },
    done: aliases.length === 1 ? "The alias was deleted." : `${aliases.length} aliases were deleted.`,
    then: close,
  });
  return (
    <ConfirmModal
      title={aliases.length === 1 ? "Delete alias" : "Delete aliases"}
      confirmText="Delete"
      loading={remove.isPending}
      close={close}
      confirm={() => remove.mutate(undefined)}
    >
      {remove.isError && <ApiFailure error={remove.error} />}
      <Alert type="warning">
        Requests that name the key by its alias fail once the alias is deleted. The key itself is not changed.
      </Alert>
      {aliases.map(({ AliasName: name = "" }) => (
        <div key={name}>{aliasText(name)}</div>
      ))}
    </ConfirmModal>
  );
}
