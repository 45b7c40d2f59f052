import { useCollection } from "@cloudscape-design/collection-hooks";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import TextFilter from "@cloudscape-design/components/text-filter";

import { ApiFailure } from "../aws/api-failure";
import { timeText } from "../aws/times";
import { NoKeys } from "../keys/list/no-keys";
import { useIdentities } from "./use-identities";

const A_PAGE = 20;

export default function Page() {
  const { identities, loading, errors, refresh } = useIdentities();
  const { items, collectionProps, filterProps, paginationProps } = useCollection(identities, {
    filtering: {
      fields: ["name", "type", "arn"],
      noMatch: <NoKeys title="No matches" text="No user or role has this in its name or ARN." />,
    },
    pagination: { pageSize: A_PAGE },
    sorting: { defaultState: { sortingColumn: { sortingField: "name" } } },
  });
  return (
    <Table
      {...collectionProps}
      variant="full-page"
      items={items}
      loading={loading}
      loadingText="Loading users and roles"
      ariaLabels={{ tableLabel: "Users and roles" }}
      trackBy="arn"
      header={
        <SpaceBetween size="m">
          <Header
            variant="awsui-h1-sticky"
            counter={loading ? "" : `(${identities.length})`}
            actions={<Button iconName="refresh" ariaLabel="Refresh" onClick={refresh} />}
          >
            Users and roles
          </Header>
          {errors.map((error, index) => (
            <ApiFailure key={index} error={error} retry={refresh} />
          ))}
        </SpaceBetween>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringAriaLabel="Find users and roles"
          filteringPlaceholder="Find users and roles"
        />
      }
      pagination={<Pagination {...paginationProps} />}
      columnDefinitions={[
        { id: "name", header: "Name", cell: ({ name }) => name, sortingField: "name", isRowHeader: true },
        { id: "type", header: "Type", cell: ({ type }) => type, sortingField: "type" },
        { id: "arn", header: "ARN", cell: ({ arn }) => arn },
        { id: "created", header: "Creation date", cell: ({ created }) => timeText(created) },
      ]}
      empty={<NoKeys title="No users or roles" text="Create them with the AWS CLI: aws iam create-user." />}
    />
  );
}
