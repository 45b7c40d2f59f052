import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

interface ConfirmModalProps {
  readonly title: string;
  readonly confirmText: string;
  readonly disabled?: boolean;
  readonly loading?: boolean;
  readonly close: () => void;
  readonly confirm: () => void;
  readonly children: ReactNode;
}

/** Asks before something is done. */
export function ConfirmModal(props: ConfirmModalProps) {
  return (
    <Modal
      visible
      header={props.title}
      onDismiss={props.close}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={props.close}>
              Cancel
            </Button>
            <Button variant="primary" disabled={props.disabled} loading={props.loading} onClick={props.confirm}>
              {props.confirmText}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">{props.children}</SpaceBetween>
    </Modal>
  );
}
