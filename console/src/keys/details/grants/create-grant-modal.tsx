import { CreateGrantCommand } from "@aws-sdk/client-kms";
import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { useKms } from "../../../aws/kms";
import { useChange } from "../../../aws/use-change";
import { ConfirmModal } from "../../actions/confirm-modal";
import { type ContextPair, GRANT_OPERATIONS, grantRequest, isComplete, NEW_GRANT, type NewGrant } from "./new-grant";

interface CreateGrantModalProps {
  readonly keyId: string;
  readonly close: () => void;
}

export function CreateGrantModal({ keyId, close }: CreateGrantModalProps) {
  const kms = useKms();
  const [grant, setGrant] = useState(NEW_GRANT);
  const set = (change: Partial<NewGrant>) => setGrant((before) => ({ ...before, ...change }));
  const create = useChange({
    change: () => kms.send(new CreateGrantCommand(grantRequest(keyId, grant))),
    done: (_, { GrantId: id = "" }) => `The grant ${id} was created.`,
    then: close,
  });
  return (
    <ConfirmModal
      title="Create grant"
      confirmText="Create grant"
      disabled={!isComplete(grant)}
      loading={create.isPending}
      close={close}
      confirm={() => create.mutate(undefined)}
    >
      {create.isError && <ApiFailure error={create.error} />}
      <FormField label="Grantee principal" description="ARN of the user or role that may use the key.">
        <Input value={grant.grantee} onChange={({ detail }) => set({ grantee: detail.value.trim() })} />
      </FormField>
      <FormField label="Operations">
        <Multiselect
          placeholder="Choose operations"
          options={GRANT_OPERATIONS.map((value) => ({ value, label: value }))}
          selectedOptions={grant.operations.map((value) => ({ value, label: value }))}
          onChange={({ detail }) => {
            const values = detail.selectedOptions.map(({ value }) => value);
            set({ operations: GRANT_OPERATIONS.filter((operation) => values.includes(operation)) });
          }}
        />
      </FormField>
      <FormField label="Retiring principal - optional" description="ARN of who may end the grant.">
        <Input value={grant.retiring} onChange={({ detail }) => set({ retiring: detail.value.trim() })} />
      </FormField>
      <FormField label="Name - optional">
        <Input value={grant.name} onChange={({ detail }) => set({ name: detail.value })} />
      </FormField>
      <Constraint grant={grant} set={set} />
    </ConfirmModal>
  );
}

interface ConstraintProps {
  readonly grant: NewGrant;
  readonly set: (change: Partial<NewGrant>) => void;
}

function Constraint({ grant: { constraint, encryptionContext }, set }: ConstraintProps) {
  return (
    <>
      <FormField label="Encryption context">
        <RadioGroup
          value={constraint}
          onChange={({ detail }) => set({ constraint: detail.value as NewGrant["constraint"] })}
          items={[
            { value: "none", label: "Any" },
            { value: "equals", label: "Exactly these pairs" },
            { value: "subset", label: "At least these pairs" },
          ]}
        />
      </FormField>
      {constraint !== "none" && (
        <ContextPairs pairs={encryptionContext} change={(pairs) => set({ encryptionContext: pairs })} />
      )}
    </>
  );
}

interface ContextPairsProps {
  readonly pairs: readonly ContextPair[];
  readonly change: (pairs: readonly ContextPair[]) => void;
}

function ContextPairs({ pairs, change }: ContextPairsProps) {
  const set = (index: number, pair: ContextPair) => change(pairs.map((old, place) => (place === index ? pair : old)));
  return (
    <AttributeEditor
      items={pairs}
      addButtonText="Add pair"
      removeButtonText="Remove"
      empty="No pairs"
      onAddButtonClick={() => change([...pairs, { name: "", value: "" }])}
      onRemoveButtonClick={({ detail }) => change(pairs.filter((_, index) => index !== detail.itemIndex))}
      definition={[
        {
          label: "Context key",
          control: (pair, index) => (
            <Input value={pair.name} onChange={({ detail }) => set(index, { ...pair, name: detail.value })} />
          ),
        },
        {
          label: "Context value",
          control: (pair, index) => (
            <Input value={pair.value} onChange={({ detail }) => set(index, { ...pair, value: detail.value })} />
          ),
        },
      ]}
    />
  );
}
