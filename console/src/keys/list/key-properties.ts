import type { KeyMetadata } from "@aws-sdk/client-kms";

import { timeText } from "../../aws/times";
import { keyTypeLabel, originLabel, regionalityLabel, statusLabel, usageLabel } from "../key-labels";
import { type KeyRow, metadataOf } from "./key-rows";

export type DescribedProperty =
  | "status"
  | "keyType"
  | "keySpec"
  | "keyUsage"
  | "regionality"
  | "origin"
  | "creationDate"
  | "description"
  | "expirationDate"
  | "customKeyStoreId";

export type KeyProperty = "aliases" | "keyId" | "arn" | DescribedProperty;

export const PROPERTY_LABELS: Readonly<Record<KeyProperty, string>> = {
  aliases: "Aliases",
  keyId: "Key ID",
  arn: "ARN",
  status: "Status",
  keyType: "Key type",
  keySpec: "Key spec",
  keyUsage: "Key usage",
  regionality: "Regionality",
  origin: "Origin",
  creationDate: "Creation date",
  description: "Description",
  expirationDate: "Expiration date",
  customKeyStoreId: "Custom key store ID",
};

const DESCRIBED: Readonly<Record<DescribedProperty, (metadata: KeyMetadata) => string>> = {
  status: statusLabel,
  keyType: keyTypeLabel,
  keySpec: ({ KeySpec: spec }) => spec ?? "-",
  keyUsage: usageLabel,
  regionality: regionalityLabel,
  origin: originLabel,
  creationDate: ({ CreationDate: time }) => timeText(time),
  description: ({ Description: text }) => (text === undefined || text === "" ? "-" : text),
  expirationDate: ({ ValidTo: time }) => timeText(time),
  customKeyStoreId: ({ CustomKeyStoreId: id }) => id ?? "-",
};

/** Whether a property is known only once the key was described. */
export function isDescribed(property: string): property is DescribedProperty {
  return property in DESCRIBED;
}

/** What a cell says; undefined while it is not known. */
export function propertyText(row: KeyRow, property: KeyProperty): string | undefined {
  if (isDescribed(property)) {
    const metadata = metadataOf(row);
    return metadata && DESCRIBED[property](metadata);
  }
  return property === "aliases" ? row.aliases.join(", ") : row[property];
}

/** Orders rows by a property; those that have none, or of which it is not known yet, come last. */
export function compareBy(property: KeyProperty): (one: KeyRow, other: KeyRow) => number {
  if (property === "creationDate" || property === "expirationDate") {
    return (one, other) => timeOf(one, property) - timeOf(other, property);
  }
  return (one, other) => compareTexts(propertyText(one, property), propertyText(other, property));
}

function timeOf(row: KeyRow, property: "creationDate" | "expirationDate"): number {
  const metadata = metadataOf(row);
  const time = property === "creationDate" ? metadata?.CreationDate : metadata?.ValidTo;
  return time?.getTime() ?? Number.MAX_SAFE_INTEGER;
}

function compareTexts(one = "", other = ""): number {
  if ((one === "") !== (other === "")) {
    return one === "" ? 1 : -1;
  }
  return COLLATOR.compare(one, other);
}

const COLLATOR = new Intl.Collator("en", { sensitivity: "base", numeric: true });
