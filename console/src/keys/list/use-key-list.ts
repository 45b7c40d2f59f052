import { DescribeKeyCommand, type KeyMetadata, ListAliasesCommand, ListKeysCommand } from "@aws-sdk/client-kms";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";

import { useKms } from "../../aws/kms";
import { allPages } from "../../aws/pages";
import { useRegion } from "../../frame/region";
import { LazyRecords } from "../lazy-records";
import { describedRows, type KeyRow, type KeyTables, keyTables } from "./key-rows";

const KEYS_A_PAGE = 1000;
const ALIASES_A_PAGE = 100;

export interface KeyList {
  readonly rows: readonly KeyRow[];
  readonly loading: boolean;
  /** Why there is no list. */
  readonly error: unknown;
  /** Why there are no aliases in it. */
  readonly aliasError: unknown;
  readonly describe: (keyIds: readonly string[]) => void;
  readonly refresh: () => void;
}

/** The keys of the account in the Region: ids and aliases of all, descriptions of those that are wanted. */
export function useKeyList(table: keyof KeyTables): KeyList {
  const keys = useKeys();
  const aliases = useAliases();
  const descriptions = useDescriptions();
  const known = useSyncExternalStore(descriptions.subscribe, descriptions.snapshot);
  const tables = useMemo(() => keyTables(keys.data ?? [], aliases.data ?? []), [keys.data, aliases.data]);
  const rows = useMemo(() => describedRows(tables[table], known), [tables, table, known]);
  const refresh = () => {
    descriptions.forget(known.keys());
    void keys.refetch();
    void aliases.refetch();
  };
  return {
    rows,
    loading: keys.isPending || aliases.isPending,
    error: keys.error,
    aliasError: aliases.error,
    describe: (keyIds) => descriptions.want(keyIds),
    refresh,
  };
}

function useKeys() {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "keys"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new ListKeysCommand({ Limit: KEYS_A_PAGE, Marker }));
        return { items: answer.Keys, next: answer.NextMarker };
      }),
  });
}

function useAliases() {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "aliases"],
    queryFn: () =>
      allPages(async (Marker) => {
        const answer = await kms.send(new ListAliasesCommand({ Limit: ALIASES_A_PAGE, Marker }));
        return { items: answer.Aliases, next: answer.NextMarker };
      }),
  });
}

function useDescriptions(): LazyRecords<KeyMetadata> {
  const kms = useKms();
  return useMemo(
    () =>
      new LazyRecords(async (KeyId) => {
        const { KeyMetadata: metadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        if (metadata === undefined) {
          throw new Error("DescribeKey gave no KeyMetadata.");
        }
        return metadata;
      }),
    [kms],
  );
}
