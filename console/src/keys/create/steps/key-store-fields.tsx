import type { CustomKeyStoresListEntry, OriginType } from "@aws-sdk/client-kms";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { ApiFailure } from "../../../aws/api-failure";
import { useKeyStores } from "../../../key-stores/use-key-stores";
import type { StepProps } from "./step-props";

/** Which key store holds the key and, in an external one, under which id. */
export function KeyStoreFields(props: StepProps) {
  return (
    <SpaceBetween size="l">
      <KeyStoreField {...props} />
      {props.state.origin === "EXTERNAL_KEY_STORE" && <ExternalKeyField {...props} />}
    </SpaceBetween>
  );
}

function KeyStoreField({ state, set, showProblems }: StepProps) {
  const stores = useKeyStores();
  const offered = keyStoreOptions(stores.data ?? [], state.origin);
  return (
    <SpaceBetween size="l">
      {stores.isError && <ApiFailure error={stores.error} retry={() => void stores.refetch()} />}
      <FormField
        label="Custom key store"
        description="Only a key store that is connected can take a key."
        errorText={showProblems && state.customKeyStoreId === "" && "Choose a key store."}
      >
        <Select
          placeholder="Choose a key store"
          empty="No key stores of this type"
          statusType={stores.isPending ? "loading" : "finished"}
          options={offered}
          selectedOption={offered.find(({ value }) => value === state.customKeyStoreId) ?? null}
          onChange={({ detail }) => set({ customKeyStoreId: detail.selectedOption.value ?? "" })}
        />
      </FormField>
    </SpaceBetween>
  );
}

function ExternalKeyField({ state, set, showProblems }: StepProps) {
  return (
    <FormField
      label="External key ID"
      description="The id of a key in your external key manager, as the proxy knows it."
      errorText={showProblems && state.xksKeyId === "" && "Enter the id of the external key."}
    >
      <Input value={state.xksKeyId} onChange={({ detail }) => set({ xksKeyId: detail.value.trim() })} />
    </FormField>
  );
}

function keyStoreOptions(stores: readonly CustomKeyStoresListEntry[], origin: OriginType): SelectProps.Option[] {
  const wanted = origin === "EXTERNAL_KEY_STORE" ? "EXTERNAL_KEY_STORE" : "AWS_CLOUDHSM";
  return stores
    .filter(({ CustomKeyStoreType: type }) => type === wanted)
    .map(({ CustomKeyStoreId: id = "", CustomKeyStoreName: name = id, ConnectionState: connection = "-" }) => ({
      value: id,
      label: name,
      description: `${id}, ${connection}`,
      disabled: connection !== "CONNECTED",
    }));
}
