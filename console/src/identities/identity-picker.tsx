import { useCollection } from "@cloudscape-design/collection-hooks";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";

import { ApiFailure } from "../aws/api-failure";
import { useIdentities } from "./use-identities";

interface IdentityPickerProps {
  readonly title: string;
  readonly description?: string;
  /** ARNs that are not offered. */
  readonly without?: readonly string[];
  readonly chosen: readonly string[];
  readonly choose: (arns: readonly string[]) => void;
}

const A_PAGE = 10;

/** A table of users and roles to choose from; what is chosen stays chosen while one searches. */
export function IdentityPicker({ title, description, without = [], chosen, choose }: IdentityPickerProps) {
  const { identities, loading, errors, refresh } = useIdentities();
  const offered = identities.filter(({ arn }) => !without.includes(arn));
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps } = useCollection(offered, {
    filtering: { fields: ["name", "path", "type"], empty: "No users or roles", noMatch: "No matches" },
    pagination: { pageSize: A_PAGE },
    sorting: { defaultState: { sortingColumn: { sortingField: "name" } } },
  });
  const shown = new Set(items.map(({ arn }) => arn));
  return (
    <Table
      {...collectionProps}
      header={
        <SpaceBetween size="m">
          <Header variant="h2" counter={`(${chosen.length}/${offered.length})`} description={description}>
            {title}
          </Header>
          {errors.map((error, index) => (
            <ApiFailure key={index} error={error} retry={refresh} />
          ))}
        </SpaceBetween>
      }
      items={items}
      loading={loading}
      loadingText="Loading users and roles"
      trackBy="arn"
      selectionType="multi"
      selectedItems={items.filter(({ arn }) => chosen.includes(arn))}
      onSelectionChange={({ detail }) =>
        choose([...chosen.filter((arn) => !shown.has(arn)), ...detail.selectedItems.map(({ arn }) => arn)])
      }
      ariaLabels={{
        tableLabel: title,
        selectionGroupLabel: `Chosen of ${title}`,
        allItemsSelectionLabel: () => "Choose all on this page",
        itemSelectionLabel: (_, { name }) => `Choose ${name}`,
      }}
      filter={
        <TextFilter
          {...filterProps}
          countText={`${filteredItemsCount ?? 0} matches`}
          filteringPlaceholder="Search users and roles"
          filteringAriaLabel="Search users and roles"
        />
      }
      pagination={<Pagination {...paginationProps} />}
      columnDefinitions={[
        { id: "name", header: "Name", cell: ({ name }) => name, sortingField: "name", isRowHeader: true },
        { id: "path", header: "Path", cell: ({ path }) => path, sortingField: "path" },
        { id: "type", header: "Type", cell: ({ type }) => type, sortingField: "type" },
      ]}
    />
  );
}
