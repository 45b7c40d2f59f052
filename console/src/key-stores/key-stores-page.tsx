import type { CustomKeyStoresListEntry } from "@aws-sdk/client-kms";
import Header from "@cloudscape-design/components/header";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";

import { ApiFailure } from "../aws/api-failure";
import { timeText } from "../aws/times";
import { NoKeys } from "../keys/list/no-keys";
import { useKeyStores } from "./use-key-stores";

const TYPE_LABELS = { AWS_CLOUDHSM: "AWS CloudHSM key store", EXTERNAL_KEY_STORE: "External key store" } as const;
const STATES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  CONNECTED: "success",
  CONNECTING: "in-progress",
  FAILED: "error",
  DISCONNECTED: "stopped",
  DISCONNECTING: "in-progress",
};

export default function Page() {
  const stores = useKeyStores();
  if (stores.isError) {
    return <ApiFailure error={stores.error} retry={() => void stores.refetch()} />;
  }
  return (
    <Table
      variant="full-page"
      header={<Header variant="h1">Custom key stores</Header>}
      items={stores.data ?? []}
      loading={stores.isPending}
      loadingText="Loading key stores"
      trackBy="CustomKeyStoreId"
      ariaLabels={{ tableLabel: "Custom key stores" }}
      columnDefinitions={[
        { id: "name", header: "Name", cell: (store) => store.CustomKeyStoreName, isRowHeader: true },
        { id: "id", header: "Custom key store ID", cell: (store) => store.CustomKeyStoreId },
        { id: "type", header: "Type", cell: (store) => TYPE_LABELS[store.CustomKeyStoreType ?? "AWS_CLOUDHSM"] },
        { id: "state", header: "Connection state", cell: (store) => <ConnectionState store={store} /> },
        { id: "created", header: "Creation date", cell: (store) => timeText(store.CreationDate) },
      ]}
      empty={
        <NoKeys
          title="No custom key stores"
          text="A key store keeps key material in an HSM or with a proxy of yours. Create one with the AWS CLI: aws kms create-custom-key-store."
        />
      }
    />
  );
}

function ConnectionState({ store }: { readonly store: CustomKeyStoresListEntry }) {
  const { ConnectionState: state = "DISCONNECTED", ConnectionErrorCode: code } = store;
  return (
    <StatusIndicator type={STATES[state] ?? "info"}>{code === undefined ? state : `${state}: ${code}`}</StatusIndicator>
  );
}
