import { useCollection } from "@cloudscape-design/collection-hooks";
import { type ReactNode, useEffect, useState } from "react";

import { describedIn, type KeyFilter, NO_FILTER, passes } from "./key-filter";
import { isDescribed } from "./key-properties";
import { metadataOf } from "./key-rows";
import { NoMatch } from "./no-keys";
import type { KeyList } from "./use-key-list";

/**
 * The rows of the page that is looked at, filtered and sorted; their keys are described.
 *
 * All keys are described once a filter or the order needs it.
 */
export function useRowsInView(list: KeyList, pageSize: number, empty: ReactNode) {
  const [filter, filterBy] = useState<KeyFilter>(NO_FILTER);
  const noMatch = <NoMatch clear={() => filterBy(NO_FILTER)} />;
  const collection = useCollection(list.rows, {
    filtering: { filteringFunction: (row) => passes(row, filter), empty, noMatch },
    pagination: { pageSize },
    sorting: { defaultState: { sortingColumn: { sortingField: "aliases" } } },
    selection: { trackBy: "keyId", keepSelection: true },
  });
  const setFilter = (changed: KeyFilter) => {
    filterBy(changed);
    collection.actions.setCurrentPage(1);
  };
  const sortedBy = collection.collectionProps.sortingColumn?.sortingField ?? "";
  const needsAll = describedIn(filter).length > 0 || isDescribed(sortedBy);
  const wanted = needsAll ? list.rows : collection.items;
  const { describe } = list;
  useEffect(() => describe(wanted.map(({ keyId }) => keyId)));
  const undescribed = needsAll ? list.rows.filter((row) => row.description === undefined).length : 0;
  const selected = (collection.collectionProps.selectedItems ?? []).flatMap((row) => metadataOf(row) ?? []);
  return { ...collection, filter, setFilter, undescribed, selected };
}
