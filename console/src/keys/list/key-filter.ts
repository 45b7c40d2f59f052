import { type DescribedProperty, isDescribed, type KeyProperty, propertyText } from "./key-properties";
import type { KeyRow } from "./key-rows";

export interface KeyFilterToken {
  /** Absent for free text. */
  readonly propertyKey?: string | undefined;
  readonly operator: string;
  readonly value: unknown;
}

export interface KeyFilter {
  readonly operation: "and" | "or";
  readonly tokens: readonly KeyFilterToken[];
}

export const NO_FILTER: KeyFilter = { operation: "and", tokens: [] };
export const FILTERED: readonly KeyProperty[] = [
  "aliases",
  "keyId",
  "status",
  "keyType",
  "keySpec",
  "keyUsage",
  "regionality",
  "origin",
  "description",
];
const FREE_TEXT: readonly KeyProperty[] = ["aliases", "keyId"];

/** Whether a row is to be shown. Capitals do not matter; `=` and `:` look for a part, as in the AWS console. */
export function passes(row: KeyRow, filter: KeyFilter): boolean {
  if (filter.tokens.length === 0) {
    return true;
  }
  const holds = (token: KeyFilterToken) => tokenHolds(row, token);
  return filter.operation === "and" ? filter.tokens.every(holds) : filter.tokens.some(holds);
}

/** The described properties that the rows must all have before a filter says anything. */
export function describedIn(filter: KeyFilter): DescribedProperty[] {
  return filter.tokens.flatMap(({ propertyKey = "" }) => (isDescribed(propertyKey) ? [propertyKey] : []));
}

function tokenHolds(row: KeyRow, { propertyKey, operator, value }: KeyFilterToken): boolean {
  const sought = typeof value === "string" ? value.toLowerCase() : "";
  const properties = propertyKey === undefined ? FREE_TEXT : [propertyKey as KeyProperty];
  const found = properties.some((property) => holds(propertyText(row, property), operator, sought));
  return operator.startsWith("!") ? !found : found;
}

function holds(text: string | undefined, operator: string, sought: string): boolean {
  const lower = text?.toLowerCase();
  return operator.endsWith("=") ? lower === sought : (lower?.includes(sought) ?? false);
}
