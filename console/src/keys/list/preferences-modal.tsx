import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { ConfirmModal } from "../actions/confirm-modal";
import { type KeyProperty, PROPERTY_LABELS } from "./key-properties";
import type { PreferencesProps } from "./preferences-button";
import { PAGE_SIZES } from "./table-preferences";

// A row of the table is known by it.
const ALWAYS_SHOWN: KeyProperty = "aliases";

/** Page size, wrapping and columns of a table. */
export default function PreferencesModal({
  columns,
  preferences,
  change,
  close,
}: PreferencesProps & { readonly close: () => void }) {
  const [chosen, setChosen] = useState(preferences);
  const show = (column: KeyProperty, shown: boolean) =>
    setChosen({
      ...chosen,
      columns: columns.filter((each) => (each === column ? shown : chosen.columns.includes(each))),
    });
  return (
    <ConfirmModal
      title="Preferences"
      confirmText="Confirm"
      close={close}
      confirm={() => {
        change(chosen);
        close();
      }}
    >
      <FormField label="Page size">
        <RadioGroup
          value={String(chosen.pageSize)}
          onChange={({ detail }) => setChosen({ ...chosen, pageSize: Number(detail.value) })}
          items={PAGE_SIZES.map((size) => ({ value: String(size), label: `${size} keys` }))}
        />
      </FormField>
      <Checkbox
        checked={chosen.wrapLines}
        description="Show the whole text of each cell"
        onChange={({ detail }) => setChosen({ ...chosen, wrapLines: detail.checked })}
      >
        Wrap lines
      </Checkbox>
      <FormField label="Columns">
        <SpaceBetween size="xs">
          {columns.map((column) => (
            <Checkbox
              key={column}
              checked={chosen.columns.includes(column)}
              disabled={column === ALWAYS_SHOWN}
              onChange={({ detail }) => show(column, detail.checked)}
            >
              {PROPERTY_LABELS[column]}
            </Checkbox>
          ))}
        </SpaceBetween>
      </FormField>
    </ConfirmModal>
  );
}
