import Button from "@cloudscape-design/components/button";
import { lazy, Suspense, useState } from "react";

import type { KeyProperty } from "./key-properties";
import type { TablePreferences } from "./table-preferences";

export interface PreferencesProps {
  readonly columns: readonly KeyProperty[];
  readonly preferences: TablePreferences;
  readonly change: (preferences: TablePreferences) => void;
}

// Loaded by those who open it.
const PreferencesModal = lazy(() => import("./preferences-modal"));

/** The gear of a table. */
export function PreferencesButton(props: PreferencesProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="icon" iconName="settings" ariaLabel="Preferences" onClick={() => setOpen(true)} />
      <Suspense>{open && <PreferencesModal {...props} close={() => setOpen(false)} />}</Suspense>
    </>
  );
}
