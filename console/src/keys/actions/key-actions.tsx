import type { KeyMetadata } from "@aws-sdk/client-kms";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { useState } from "react";
import { useNavigate } from "react-router";

import { usePaths } from "../../frame/use-paths";
import { DisableModal } from "./disable-modal";
import { isOffered, type KeyAction } from "./key-operations";
import { ScheduleDeletionModal } from "./schedule-deletion-modal";
import { useKeyOperation } from "./use-key-operation";

interface KeyActionsProps {
  readonly keys: readonly KeyMetadata[];
  /** Called when something was done. */
  readonly done: () => void;
}

const ITEMS: readonly { readonly id: KeyAction; readonly text: string }[] = [
  { id: "enable", text: "Enable" },
  { id: "disable", text: "Disable" },
  { id: "schedule-deletion", text: "Schedule key deletion" },
  { id: "cancel-deletion", text: "Cancel key deletion" },
];

/** The menu of what can be done to the chosen keys. */
export function KeyActions({ keys, done }: KeyActionsProps) {
  const [asking, setAsking] = useState<KeyAction>();
  const operation = useKeyOperation(keys, done);
  const navigate = useNavigate();
  const paths = usePaths();
  const close = () => setAsking(undefined);
  const [onlyKey] = keys;

  function choose(id: string) {
    if (id === "tags") {
      void navigate(paths.key(onlyKey?.KeyId ?? "", "tags"));
    } else if (id === "enable" || id === "cancel-deletion") {
      operation.mutate({ action: id });
    } else {
      setAsking(id as KeyAction);
    }
  }

  return (
    <>
      <ButtonDropdown
        items={[
          ...ITEMS.map((item) => ({ ...item, disabled: !isOffered(item.id, keys) })),
          { id: "tags", text: "Add or edit tags", disabled: keys.length !== 1 },
        ]}
        disabled={keys.length === 0}
        loading={operation.isPending}
        onItemClick={({ detail }) => choose(detail.id)}
        expandToViewport
      >
        Key actions
      </ButtonDropdown>
      {asking === "disable" && (
        <DisableModal keys={keys} close={close} confirm={() => operation.mutate({ action: "disable" })} />
      )}
      {asking === "schedule-deletion" && (
        <ScheduleDeletionModal
          keys={keys}
          close={close}
          confirm={(days) => operation.mutate({ action: "schedule-deletion", days })}
        />
      )}
    </>
  );
}
