import type { KeyMetadata, RotationsListEntry } from "@aws-sdk/client-kms";

const MOST_ON_DEMAND = 25;

/** How many on-demand rotations AWS KMS still allows for a key with these materials. */
export function rotationsLeft(materials: readonly RotationsListEntry[]): number {
  const done = materials.filter(({ RotationType: type }) => type === "ON_DEMAND").length;
  return Math.max(0, MOST_ON_DEMAND - done);
}

export function isReplica({ MultiRegionConfiguration: configuration }: KeyMetadata): boolean {
  return configuration?.MultiRegionKeyType === "REPLICA";
}

/** Whether a key can be rotated on demand: one of imported material needs material that waits for it. */
export function canRotateNow(metadata: KeyMetadata, materials: readonly RotationsListEntry[]): boolean {
  const waits = materials.some(({ KeyMaterialState: state }) => state === "PENDING_ROTATION");
  const ready = metadata.KeyState === "Enabled" && rotationsLeft(materials) > 0 && !isReplica(metadata);
  return ready && (metadata.Origin === "AWS_KMS" || waits);
}

const STATES = {
  CURRENT: "Current",
  NON_CURRENT: "Non-current",
  PENDING_ROTATION: "Pending rotation",
  PENDING_MULTI_REGION_IMPORT_AND_ROTATION: "Pending import in Regions and rotation",
};
const TYPES = { AUTOMATIC: "Automatic", ON_DEMAND: "On-demand" };
const IMPORTS = { IMPORTED: "Imported", PENDING_IMPORT: "Pending import" };

export function materialState({ KeyMaterialState: state }: RotationsListEntry): string {
  return state === undefined ? "-" : STATES[state];
}

export function rotationType({ RotationType: type }: RotationsListEntry): string {
  return type === undefined ? "-" : TYPES[type];
}

export function importState({ ImportState: state }: RotationsListEntry): string {
  return state === undefined ? "-" : IMPORTS[state];
}
