import type { KeyProperty } from "./key-properties";
import { KeyTable } from "./key-table";
import { NoKeys } from "./no-keys";
import { useKeyList } from "./use-key-list";

const STANDARD_COLUMNS: readonly KeyProperty[] = ["aliases", "keyId", "status"];
const COLUMNS: readonly KeyProperty[] = [...STANDARD_COLUMNS, "creationDate", "description", "arn"];
const SORTED: readonly KeyProperty[] = ["aliases", "keyId"];

export default function Page() {
  return (
    <KeyTable
      title="AWS managed keys"
      description="Services make these keys in your account and use them for you. You can look at them, but not change them."
      list={useKeyList("awsManaged")}
      preferenceName="aws-managed-keys-table"
      columns={COLUMNS}
      standardColumns={STANDARD_COLUMNS}
      sorted={SORTED}
      filtered={SORTED}
      empty={
        <NoKeys
          title="No AWS managed keys"
          text="A key appears here when a service first protects something of yours with it."
        />
      }
    />
  );
}
