import type { KeyMetadata, RotationsListEntry } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { timeText } from "../../../aws/times";
import { DeleteMaterialModal } from "../import/delete-material-modal";
import { ImportModal } from "../import/import-modal";
import type { KeyTabProps } from "../use-key";
import { importState, materialState, rotationType } from "./materials";
import { useMaterials } from "./use-rotation";

type Columns = TableProps.ColumnDefinition<RotationsListEntry>[];
type Asking = "import" | "delete";

const COLUMNS: Columns = [
  { id: "id", header: "Key material ID", cell: ({ KeyMaterialId: id }) => id ?? "-", isRowHeader: true },
  { id: "date", header: "Rotation date", cell: ({ RotationDate: time }) => timeText(time) },
  { id: "type", header: "Rotation type", cell: rotationType },
  { id: "state", header: "Key material state", cell: materialState },
];
const IMPORT_COLUMNS: Columns = [
  { id: "import-state", header: "Import state", cell: importState },
  { id: "description", header: "Description", cell: ({ KeyMaterialDescription: text }) => text ?? "-" },
  { id: "expiration", header: "Expiration date", cell: ({ ValidTo: time }) => timeText(time) },
];

/** The table of what the key is, and was before each rotation; imported material comes and goes here. */
export function MaterialsPanel({ metadata }: KeyTabProps) {
  const keyId = idOfKey(metadata);
  const materials = useMaterials(keyId);
  const [selected, setSelected] = useState<RotationsListEntry[]>([]);
  const [asking, setAsking] = useState<Asking>();
  const found = materials.data ?? [];
  const imported = metadata.Origin === "EXTERNAL";
  const close = () => {
    setAsking(undefined);
    setSelected([]);
  };
  return (
    <>
      {materials.isError && <ApiFailure error={materials.error} retry={() => void materials.refetch()} />}
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${found.length})`}
            actions={imported && <ImportButtons chosen={selected.length} ask={setAsking} />}
          >
            Key materials
          </Header>
        }
        {...(imported && { selectionType: "single" as const })}
        selectedItems={selected}
        onSelectionChange={({ detail }) => setSelected(detail.selectedItems)}
        items={found}
        loading={materials.isPending}
        loadingText="Loading key materials"
        trackBy="KeyMaterialId"
        ariaLabels={{
          tableLabel: "Key materials",
          selectionGroupLabel: "Chosen key material",
          itemSelectionLabel: (_, { KeyMaterialId: id = "" }) => `Choose key material ${id}`,
        }}
        columnDefinitions={imported ? [...COLUMNS, ...IMPORT_COLUMNS] : COLUMNS}
        empty="No key material"
      />
      {asking === "import" && <ImportModal metadata={metadata} again={found.length > 0} close={close} />}
      {asking === "delete" && <DeleteMaterialModal keyId={keyId} materialId={idOf(selected)} close={close} />}
    </>
  );
}

function idOf([material]: readonly RotationsListEntry[]): string | undefined {
  return material?.KeyMaterialId;
}

function idOfKey({ KeyId: id = "" }: KeyMetadata): string {
  return id;
}

function ImportButtons({ chosen, ask }: { readonly chosen: number; readonly ask: (what: Asking) => void }) {
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Button disabled={chosen === 0} onClick={() => ask("delete")}>
        Delete key material
      </Button>
      <Button onClick={() => ask("import")}>Import key material</Button>
    </SpaceBetween>
  );
}
