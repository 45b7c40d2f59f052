import { UpdateKeyDescriptionCommand } from "@aws-sdk/client-kms";
import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";
import { useState } from "react";

import { ApiFailure } from "../../aws/api-failure";
import { useKms } from "../../aws/kms";
import { useChange } from "../../aws/use-change";
import { ConfirmModal } from "../actions/confirm-modal";

interface DescriptionModalProps {
  readonly keyId: string;
  readonly description: string;
  readonly close: () => void;
}

const LONGEST = 8192;

export function DescriptionModal({ keyId, description, close }: DescriptionModalProps) {
  const kms = useKms();
  const [text, setText] = useState(description);
  const update = useChange({
    change: () => kms.send(new UpdateKeyDescriptionCommand({ KeyId: keyId, Description: text })),
    done: "The description was changed.",
    then: close,
  });
  return (
    <ConfirmModal
      title="Edit description"
      confirmText="Save"
      disabled={text.length > LONGEST}
      loading={update.isPending}
      close={close}
      confirm={() => update.mutate(undefined)}
    >
      {update.isError && <ApiFailure error={update.error} />}
      <FormField label="Description" constraintText={`At most ${LONGEST} characters.`}>
        <Textarea value={text} onChange={({ detail }) => setText(detail.value)} />
      </FormField>
    </ConfirmModal>
  );
}
