import FormField from "@cloudscape-design/components/form-field";
import Multiselect from "@cloudscape-design/components/multiselect";
import { useState } from "react";

import { ApiFailure } from "../../aws/api-failure";
import { regionName } from "../../frame/region-names";
import { ConfirmModal } from "../actions/confirm-modal";

interface RegionModalProps {
  readonly title: string;
  readonly description: string;
  readonly confirmText: string;
  readonly offered: readonly string[];
  /** Whether more than one Region may be chosen. */
  readonly several?: boolean;
  readonly change: {
    readonly mutate: (regions: readonly string[]) => void;
    readonly isPending: boolean;
    readonly error: unknown;
  };
  readonly close: () => void;
}

/** Asks for Regions, and does something with them. */
export function RegionModal({
  title,
  description,
  confirmText,
  offered,
  several = false,
  change,
  close,
}: RegionModalProps) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const option = (region: string) => ({ value: region, label: regionName(region), description: region });
  return (
    <ConfirmModal
      title={title}
      confirmText={confirmText}
      disabled={chosen.length === 0}
      loading={change.isPending}
      close={close}
      confirm={() => change.mutate(chosen)}
    >
      {change.error !== null && <ApiFailure error={change.error} />}
      <FormField label={several ? "Regions" : "Region"} description={description}>
        <Multiselect
          filteringType="auto"
          placeholder={several ? "Choose Regions" : "Choose a Region"}
          options={offered.map(option)}
          selectedOptions={chosen.map(option)}
          onChange={({ detail }) => {
            const regions = detail.selectedOptions.flatMap(({ value }) => value ?? []);
            setChosen(several ? regions : regions.slice(-1));
          }}
        />
      </FormField>
    </ConfirmModal>
  );
}
