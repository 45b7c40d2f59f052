import Box from "@cloudscape-design/components/box";
import Popover from "@cloudscape-design/components/popover";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import { errorText } from "../../aws/error-text";
import { InternalLink } from "../../frame/internal-link";
import type { Paths } from "../../frame/paths";
import { KeyStatus } from "../key-status";
import { compareBy, type KeyProperty, PROPERTY_LABELS, propertyText } from "./key-properties";
import { type KeyRow, metadataOf } from "./key-rows";

const MIN_WIDTHS: Partial<Record<KeyProperty, number>> = { aliases: 180, keyId: 310, description: 220, arn: 400 };

/** The columns of a table of keys, in the order given. */
export function keyColumns(
  properties: readonly KeyProperty[],
  sorted: readonly KeyProperty[],
  paths: Paths,
): TableProps.ColumnDefinition<KeyRow>[] {
  return properties.map((property) => ({
    id: property,
    header: PROPERTY_LABELS[property],
    cell: (row) => <Cell row={row} property={property} paths={paths} />,
    minWidth: MIN_WIDTHS[property] ?? 120,
    isRowHeader: property === "aliases",
    ...(sorted.includes(property) && { sortingField: property, sortingComparator: compareBy(property) }),
  }));
}

interface CellProps {
  readonly row: KeyRow;
  readonly property: KeyProperty;
  readonly paths: Paths;
}

function Cell({ row, property, paths }: CellProps) {
  if (property === "aliases") {
    return <Aliases row={row} paths={paths} />;
  }
  if (property === "keyId") {
    return <InternalLink to={paths.key(row.keyId)}>{row.keyId}</InternalLink>;
  }
  if (property === "arn") {
    return row.arn;
  }
  return <Described row={row} property={property} />;
}

function Aliases({ row, paths }: { readonly row: KeyRow; readonly paths: Paths }) {
  const [first, ...more] = row.aliases;
  if (first === undefined) {
    return "-";
  }
  return (
    <>
      <InternalLink to={paths.key(row.keyId)}>{first}</InternalLink>
      {more.length > 0 && (
        <>
          {" "}
          <InternalLink to={paths.key(row.keyId, "aliases")}>{`(+${more.length} more)`}</InternalLink>
        </>
      )}
    </>
  );
}

function Described({ row, property }: { readonly row: KeyRow; readonly property: KeyProperty }) {
  const { description } = row;
  if (description === undefined) {
    return <Box color="text-status-inactive">…</Box>;
  }
  if (description.state === "failed") {
    return property === "status" ? <Refused error={description.error} /> : "-";
  }
  const metadata = metadataOf(row);
  return property === "status" && metadata ? <KeyStatus metadata={metadata} /> : propertyText(row, property);
}

function Refused({ error }: { readonly error: unknown }) {
  const { code, message, requestId } = errorText(error);
  const content = requestId === undefined ? message : `${message} Request ID: ${requestId}`;
  return (
    <Popover header={code} content={content} dismissButton={false}>
      <StatusIndicator type="error">Not readable</StatusIndicator>
    </Popover>
  );
}
