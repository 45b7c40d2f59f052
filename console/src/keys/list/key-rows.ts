import type { AliasListEntry, KeyListEntry, KeyMetadata } from "@aws-sdk/client-kms";

import type { LazyRecord, LazyRecordMap } from "../lazy-records";

/** A key of the list; what only DescribeKey tells is there once it was asked. */
export interface KeyRow {
  readonly keyId: string;
  readonly arn: string;
  /** Without the prefix `alias/`, sorted. */
  readonly aliases: readonly string[];
  readonly description: LazyRecord<KeyMetadata> | undefined;
}

export interface KeyTables {
  readonly customerManaged: readonly KeyRow[];
  readonly awsManaged: readonly KeyRow[];
}

const AWS_MANAGED_ALIAS = "aws/";

export function aliasText(aliasName: string): string {
  return aliasName.replace(/^alias\//, "");
}

/**
 * Puts keys and aliases together and tells whose keys they are.
 *
 * An alias `aws/…` marks an AWS managed key, as in the AWS console: one that lost its alias is listed with the others.
 */
export function keyTables(keys: readonly KeyListEntry[], aliases: readonly AliasListEntry[]): KeyTables {
  const names = aliasesByKey(aliases);
  const customerManaged: KeyRow[] = [];
  const awsManaged: KeyRow[] = [];
  for (const { KeyId: keyId = "", KeyArn: arn = "" } of keys) {
    const row = { keyId, arn, aliases: names.get(keyId) ?? [], description: undefined };
    (row.aliases.some((name) => name.startsWith(AWS_MANAGED_ALIAS)) ? awsManaged : customerManaged).push(row);
  }
  return { customerManaged, awsManaged };
}

/** Adds what is known of the keys. */
export function describedRows(rows: readonly KeyRow[], descriptions: LazyRecordMap<KeyMetadata>): readonly KeyRow[] {
  return rows.map((row) => ({ ...row, description: descriptions.get(row.keyId) }));
}

export function metadataOf(row: KeyRow): KeyMetadata | undefined {
  return row.description?.state === "loaded" ? row.description.value : undefined;
}

function aliasesByKey(aliases: readonly AliasListEntry[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { AliasName: name, TargetKeyId: keyId } of aliases) {
    if (name !== undefined && keyId !== undefined) {
      names.set(keyId, [...(names.get(keyId) ?? []), aliasText(name)]);
    }
  }
  for (const sorted of names.values()) {
    sorted.sort((one, other) => one.localeCompare(other));
  }
  return names;
}
