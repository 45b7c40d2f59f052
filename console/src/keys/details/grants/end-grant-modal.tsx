import { type GrantListEntry, RetireGrantCommand, RevokeGrantCommand } from "@aws-sdk/client-kms";
import Alert from "@cloudscape-design/components/alert";

import { ApiFailure } from "../../../aws/api-failure";
import { useKms } from "../../../aws/kms";
import { useChange } from "../../../aws/use-change";
import { ConfirmModal } from "../../actions/confirm-modal";

interface EndGrantModalProps {
  readonly keyId: string;
  readonly grant: GrantListEntry;
  /** Administrators revoke; who the grant names retires. */
  readonly way: "revoke" | "retire";
  readonly close: () => void;
}

export function EndGrantModal({ keyId, grant: { GrantId: id = "" }, way, close }: EndGrantModalProps) {
  const kms = useKms();
  const end = useChange({
    change: async () => {
      if (way === "revoke") {
        await kms.send(new RevokeGrantCommand({ KeyId: keyId, GrantId: id }));
      } else {
        await kms.send(new RetireGrantCommand({ KeyId: keyId, GrantId: id }));
      }
    },
    done: way === "revoke" ? "The grant was revoked." : "The grant was retired.",
    then: close,
  });
  const title = way === "revoke" ? "Revoke grant" : "Retire grant";
  return (
    <ConfirmModal
      title={title}
      confirmText={title}
      loading={end.isPending}
      close={close}
      confirm={() => end.mutate(undefined)}
    >
      {end.isError && <ApiFailure error={end.error} />}
      <Alert type="warning">The grantee can no longer use the key by this grant.</Alert>
      <div>{`Grant ID: ${id}`}</div>
    </ConfirmModal>
  );
}
