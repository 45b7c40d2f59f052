import { useState } from "react";

import { type PreferenceName, readPreference, writePreference } from "../../frame/preferences";
import type { KeyProperty } from "./key-properties";

export interface TablePreferences {
  readonly pageSize: number;
  readonly wrapLines: boolean;
  readonly columns: readonly KeyProperty[];
}

export const PAGE_SIZES = [10, 20, 50, 100] as const;

/** How somebody wants to see a table, remembered in the browser. */
export function useTablePreferences(name: PreferenceName, standard: TablePreferences) {
  const [preferences, set] = useState(() => readTablePreferences(readPreference(name), standard));
  const change = (chosen: TablePreferences) => {
    writePreference(name, chosen);
    set(chosen);
  };
  return [preferences, change] as const;
}

/** Reads what was remembered; what is not of the right form counts as not remembered. */
export function readTablePreferences(stored: unknown, standard: TablePreferences): TablePreferences {
  const { pageSize, wrapLines, columns } = (stored ?? {}) as Partial<Record<keyof TablePreferences, unknown>>;
  return {
    pageSize: PAGE_SIZES.find((size) => size === pageSize) ?? standard.pageSize,
    wrapLines: typeof wrapLines === "boolean" ? wrapLines : standard.wrapLines,
    columns: isTexts(columns) && columns.length > 0 ? (columns as KeyProperty[]) : standard.columns,
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
