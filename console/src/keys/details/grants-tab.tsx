import { type GrantListEntry, ListGrantsCommand } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { ApiFailure } from "../../aws/api-failure";
import { useKms } from "../../aws/kms";
import { allPages } from "../../aws/pages";
import { timeText } from "../../aws/times";
import { useRegion } from "../../frame/region";
import { NoKeys } from "../list/no-keys";
import { CreateGrantModal } from "./grants/create-grant-modal";
import { EndGrantModal } from "./grants/end-grant-modal";
import { constraintText } from "./grants/new-grant";
import type { KeyTabProps } from "./use-key";

const COLUMNS: TableProps.ColumnDefinition<GrantListEntry>[] = [
  {
    id: "id",
    header: "Grant ID",
    cell: ({ GrantId: id = "" }) => <span title={id}>{`${id.slice(0, 12)}…`}</span>,
    isRowHeader: true,
  },
  { id: "name", header: "Name", cell: ({ Name: name }) => name ?? "-" },
  {
    id: "grantee",
    header: "Grantee principal",
    cell: (grant) => grant.GranteePrincipal ?? grant.GranteeServicePrincipal,
  },
  { id: "operations", header: "Operations", cell: ({ Operations: operations = [] }) => operations.join(", ") },
  { id: "constraints", header: "Constraints", cell: ({ Constraints: constraints }) => constraintText(constraints) },
  {
    id: "retiring",
    header: "Retiring principal",
    cell: (grant) => grant.RetiringPrincipal ?? grant.RetiringServicePrincipal ?? "-",
  },
  { id: "created", header: "Creation date", cell: ({ CreationDate: time }) => timeText(time) },
];

type Asking = "create" | "revoke" | "retire";

export default function GrantsTab({ metadata: { KeyId: keyId = "" }, changeable }: KeyTabProps) {
  const grants = useGrants(keyId);
  const [selected, setSelected] = useState<GrantListEntry[]>([]);
  const [asking, setAsking] = useState<Asking>();
  if (grants.isError) {
    return <ApiFailure error={grants.error} retry={() => void grants.refetch()} />;
  }
  const found = grants.data ?? [];
  const [grant] = selected;
  const close = () => {
    setAsking(undefined);
    setSelected([]);
  };
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${found.length})`}
            actions={changeable && <GrantButtons chosen={grant !== undefined} ask={setAsking} />}
          >
            Grants
          </Header>
        }
        {...(changeable && { selectionType: "single" as const })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        items={found}
        loading={grants.isPending}
        loadingText="Loading grants"
        trackBy="GrantId"
        wrapLines
        ariaLabels={{
          tableLabel: "Grants",
          selectionGroupLabel: "Chosen grant",
          itemSelectionLabel: (_, { GrantId: id = "" }) => `Choose grant ${id}`,
        }}
        columnDefinitions={COLUMNS}
        empty={
          <NoKeys
            title="No grants"
            text="A grant lets a principal use the key for some operations, without the key policy."
          />
        }
      />
      <GrantModal keyId={keyId} grant={grant} asking={asking} close={close} />
    </>
  );
}

function useGrants(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId, "grants"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new ListGrantsCommand({ KeyId: keyId, Marker }));
        return { items: answer.Grants, next: answer.NextMarker };
      }),
  });
}

function GrantButtons({ chosen, ask }: { readonly chosen: boolean; readonly ask: (what: Asking) => void }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={!chosen} onClick={() => ask("retire")}>
        Retire
      </Button>
      <Button disabled={!chosen} onClick={() => ask("revoke")}>
        Revoke
      </Button>
      <Button onClick={() => ask("create")}>Create grant</Button>
    </SpaceBetween>
  );
}

interface GrantModalProps {
  readonly keyId: string;
  readonly grant: GrantListEntry | undefined;
  readonly asking: Asking | undefined;
  readonly close: () => void;
}

function GrantModal({ keyId, grant, asking, close }: GrantModalProps) {
  if (asking === "create") {
    return <CreateGrantModal keyId={keyId} close={close} />;
  }
  return asking && grant && <EndGrantModal keyId={keyId} grant={grant} way={asking} close={close} />;
}
