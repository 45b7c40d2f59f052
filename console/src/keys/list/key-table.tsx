import type { KeyMetadata } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import type { ReactNode } from "react";

import { ApiFailure } from "../../aws/api-failure";
import type { PreferenceName } from "../../frame/preferences";
import { usePaths } from "../../frame/use-paths";
import { keyColumns } from "./key-columns";
import { KeyFilterField } from "./key-filter-field";
import type { KeyProperty } from "./key-properties";
import { PreferencesButton } from "./preferences-button";
import { useTablePreferences } from "./table-preferences";
import type { KeyList } from "./use-key-list";
import { useRowsInView } from "./use-rows-in-view";

interface KeyTableProps {
  readonly title: string;
  readonly description?: string;
  readonly list: KeyList;
  readonly preferenceName: PreferenceName;
  readonly columns: readonly KeyProperty[];
  readonly standardColumns: readonly KeyProperty[];
  readonly sorted: readonly KeyProperty[];
  readonly filtered: readonly KeyProperty[];
  readonly empty: ReactNode;
  /** Buttons for the chosen keys; without it no key can be chosen. */
  readonly actions?: (selected: readonly KeyMetadata[]) => ReactNode;
}

/** A table of keys: filter, order, columns, pages, choice. */
export function KeyTable(props: KeyTableProps) {
  const { title, list, columns, actions } = props;
  const paths = usePaths();
  const standard = { pageSize: 20, wrapLines: false, columns: props.standardColumns };
  const [preferences, setPreferences] = useTablePreferences(props.preferenceName, standard);
  const view = useRowsInView(list, preferences.pageSize, list.error === null && props.empty);
  return (
    <Table
      {...view.collectionProps}
      {...(actions && { selectionType: "multi" })}
      variant="full-page"
      stickyHeader
      stickyHeaderVerticalOffset={56}
      items={view.items}
      columnDefinitions={keyColumns(columns, props.sorted, paths)}
      columnDisplay={columns.map((id) => ({ id, visible: preferences.columns.includes(id) }))}
      wrapLines={preferences.wrapLines}
      loading={list.loading}
      loadingText="Loading keys"
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: "Chosen keys",
        allItemsSelectionLabel: () => "Choose all keys",
        itemSelectionLabel: (_, row) => `Choose ${row.aliases[0] ?? row.keyId}`,
      }}
      header={
        <SpaceBetween size="m">
          <Header
            variant="awsui-h1-sticky"
            counter={list.loading || list.error !== null ? "" : `(${list.rows.length})`}
            description={props.description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Refresh" onClick={list.refresh} />
                {actions?.(view.selected)}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
          <ListFailures list={list} />
        </SpaceBetween>
      }
      filter={<KeyFilterField view={view} rows={list.rows} properties={props.filtered} />}
      pagination={<Pagination {...view.paginationProps} />}
      preferences={<PreferencesButton columns={columns} preferences={preferences} change={setPreferences} />}
    />
  );
}

function ListFailures({ list }: { readonly list: KeyList }) {
  const failures = [list.error, list.aliasError].filter((error) => error !== null);
  return failures.map((error, index) => <ApiFailure key={index} error={error} retry={list.refresh} />);
}
