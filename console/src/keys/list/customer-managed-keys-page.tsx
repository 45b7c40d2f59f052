import Button from "@cloudscape-design/components/button";
import { useNavigate } from "react-router";

import { usePaths } from "../../frame/use-paths";
import { KeyActions } from "../actions/key-actions";
import { FILTERED } from "./key-filter";
import type { KeyProperty } from "./key-properties";
import { KeyTable } from "./key-table";
import { NoKeys } from "./no-keys";
import { useKeyList } from "./use-key-list";

const STANDARD_COLUMNS: readonly KeyProperty[] = [
  "aliases",
  "keyId",
  "status",
  "keyType",
  "keySpec",
  "keyUsage",
  "regionality",
];
const COLUMNS: readonly KeyProperty[] = [
  ...STANDARD_COLUMNS,
  "creationDate",
  "description",
  "origin",
  "expirationDate",
  "customKeyStoreId",
];
const SORTED: readonly KeyProperty[] = [
  "aliases",
  "keyId",
  "status",
  "keyType",
  "keySpec",
  "keyUsage",
  "regionality",
  "creationDate",
];

export default function Page() {
  const list = useKeyList("customerManaged");
  return (
    <KeyTable
      title="Customer managed keys"
      list={list}
      preferenceName="customer-managed-keys-table"
      columns={COLUMNS}
      standardColumns={STANDARD_COLUMNS}
      sorted={SORTED}
      filtered={FILTERED}
      empty={
        <NoKeys
          title="No customer managed keys"
          text="You have no keys in this Region. Create one to encrypt, sign or authenticate data."
          action={<CreateKeyButton />}
        />
      }
      actions={(selected) => (
        <>
          <KeyActions keys={selected} done={list.refresh} />
          <CreateKeyButton primary />
        </>
      )}
    />
  );
}

function CreateKeyButton({ primary = false }: { readonly primary?: boolean }) {
  const paths = usePaths();
  const navigate = useNavigate();
  return (
    <Button variant={primary ? "primary" : "normal"} onClick={() => void navigate(paths.createKey())}>
      Create key
    </Button>
  );
}
