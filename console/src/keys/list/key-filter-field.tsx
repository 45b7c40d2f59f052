import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";

import { KEY_TYPES, ORIGIN_LABELS, REGIONALITIES, STATUS_LABELS, USAGE_LABELS } from "../key-labels";
import type { KeyFilter } from "./key-filter";
import { type KeyProperty, PROPERTY_LABELS } from "./key-properties";
import { type KeyRow, metadataOf } from "./key-rows";

interface FilterView {
  readonly filter: KeyFilter;
  readonly setFilter: (filter: KeyFilter) => void;
  readonly filteredItemsCount: number | undefined;
  readonly undescribed: number;
}

interface KeyFilterFieldProps {
  readonly view: FilterView;
  readonly rows: readonly KeyRow[];
  readonly properties: readonly KeyProperty[];
}

const VALUES: Partial<Record<KeyProperty, readonly string[]>> = {
  status: Object.values(STATUS_LABELS),
  keyType: KEY_TYPES,
  keyUsage: Object.values(USAGE_LABELS),
  regionality: REGIONALITIES,
  origin: Object.values(ORIGIN_LABELS),
};
const MOST_SUGGESTED = 200;

/** The field above the table that takes free text and properties with values. */
export function KeyFilterField({ view, rows, properties }: KeyFilterFieldProps) {
  return (
    <PropertyFilter
      query={view.filter}
      onChange={({ detail }) => view.setFilter({ operation: detail.operation, tokens: detail.tokens })}
      countText={countText(view)}
      filteringPlaceholder="Filter keys by properties or text"
      filteringAriaLabel="Filter keys"
      filteringProperties={properties.map((key) => ({
        key,
        propertyLabel: PROPERTY_LABELS[key],
        groupValuesLabel: `${PROPERTY_LABELS[key]} values`,
        operators: ["=", "!=", ":", "!:"],
        defaultOperator: key === "keyId" || key === "aliases" || key === "description" ? ":" : "=",
      }))}
      filteringOptions={properties.flatMap((property) => suggestions(property, rows))}
      expandToViewport
    />
  );
}

function countText({ filteredItemsCount = 0, undescribed }: FilterView): string {
  const matches = `${filteredItemsCount} ${filteredItemsCount === 1 ? "match" : "matches"}`;
  return undescribed === 0 ? matches : `${matches}, ${undescribed} keys still to be read`;
}

function suggestions(property: KeyProperty, rows: readonly KeyRow[]): PropertyFilterProps.FilteringOption[] {
  const values = VALUES[property] ?? valuesIn(property, rows);
  return values.map((value) => ({ propertyKey: property, value }));
}

function valuesIn(property: KeyProperty, rows: readonly KeyRow[]): string[] {
  if (property === "aliases") {
    return rows.flatMap(({ aliases }) => aliases).slice(0, MOST_SUGGESTED);
  }
  if (property === "keySpec") {
    return [...new Set(rows.flatMap((row) => metadataOf(row)?.KeySpec ?? []))].sort();
  }
  return [];
}
