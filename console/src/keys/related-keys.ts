import type { KeyMetadata, MultiRegionKey, MultiRegionKeyType } from "@aws-sdk/client-kms";

/** One of the keys that share key material over Regions. */
export interface RelatedKey {
  readonly region: string;
  readonly arn: string;
  readonly type: MultiRegionKeyType;
}

/** The primary key first, then its replicas by Region. */
export function relatedKeys({ MultiRegionConfiguration: configuration }: KeyMetadata): RelatedKey[] {
  const { PrimaryKey: primary, ReplicaKeys: replicas = [] } = configuration ?? {};
  const sorted = replicas.map((key) => relatedKey(key, "REPLICA")).sort((a, b) => a.region.localeCompare(b.region));
  return [...(primary === undefined ? [] : [relatedKey(primary, "PRIMARY")]), ...sorted];
}

function relatedKey({ Arn: arn = "", Region: region = "" }: MultiRegionKey, type: MultiRegionKeyType): RelatedKey {
  return { region, arn, type };
}
