import { ReplicateKeyCommand, UpdatePrimaryRegionCommand } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { useKms } from "../../aws/kms";
import { useChange } from "../../aws/use-change";
import { InternalLink } from "../../frame/internal-link";
import { pathsIn } from "../../frame/paths";
import { regionName } from "../../frame/region-names";
import { useSession } from "../../session/session-context";
import { type RelatedKey, relatedKeys } from "../related-keys";
import { RegionModal } from "./region-modal";
import type { KeyTabProps } from "./use-key";

type Asking = "replicate" | "change-primary";

export default function RegionalityTab({ metadata }: KeyTabProps) {
  const [asking, setAsking] = useState<Asking>();
  const { KeyId: keyId = "" } = metadata;
  const keys = relatedKeys(metadata);
  const isPrimary = metadata.MultiRegionConfiguration?.MultiRegionKeyType === "PRIMARY";
  const close = () => setAsking(undefined);
  return (
    <>
      <Table
        header={
          <Header
            variant="h2"
            counter={`(${keys.length})`}
            description={
              isPrimary ? "This is the primary key." : "This is a replica key. Its primary key is listed first."
            }
            actions={
              isPrimary && (
                <SpaceBetween direction="horizontal" size="xs">
                  <Button disabled={keys.length < 2} onClick={() => setAsking("change-primary")}>
                    Change primary Region
                  </Button>
                  <Button onClick={() => setAsking("replicate")}>Create new replica keys</Button>
                </SpaceBetween>
              )
            }
          >
            Related multi-Region keys
          </Header>
        }
        items={keys}
        ariaLabels={{ tableLabel: "Related multi-Region keys" }}
        columnDefinitions={[
          {
            id: "region",
            header: "Region",
            cell: (key) => <RegionLink keyId={keyId} related={key} />,
            isRowHeader: true,
          },
          { id: "type", header: "Regionality", cell: ({ type }) => (type === "PRIMARY" ? "Primary" : "Replica") },
          { id: "arn", header: "ARN", cell: ({ arn }) => arn },
        ]}
      />
      {asking === "replicate" && <ReplicateModal keyId={keyId} keys={keys} close={close} />}
      {asking === "change-primary" && <ChangePrimaryModal keyId={keyId} keys={keys} close={close} />}
    </>
  );
}

function RegionLink({ keyId, related }: { readonly keyId: string; readonly related: RelatedKey }) {
  return (
    <InternalLink
      to={pathsIn(related.region).key(keyId)}
    >{`${regionName(related.region)} ${related.region}`}</InternalLink>
  );
}

interface RegionChangeProps {
  readonly keyId: string;
  readonly keys: readonly RelatedKey[];
  readonly close: () => void;
}

function ReplicateModal({ keyId, keys, close }: RegionChangeProps) {
  const kms = useKms();
  const { regions } = useSession();
  const used = keys.map(({ region }) => region);
  const replicate = useChange({
    change: async (chosen: readonly string[]) => {
      for (const ReplicaRegion of chosen) {
        await kms.send(new ReplicateKeyCommand({ KeyId: keyId, ReplicaRegion }));
      }
    },
    done: (chosen) => `Replica keys were created in ${chosen.join(", ")}.`,
    then: close,
  });
  return (
    <RegionModal
      title="Create new replica keys"
      description="Each replica gets the default key policy, which lets the account's IAM policies decide; tags and aliases are not copied."
      confirmText="Create new replica keys"
      offered={regions.filter((region) => !used.includes(region))}
      several
      change={replicate}
      close={close}
    />
  );
}

function ChangePrimaryModal({ keyId, keys, close }: RegionChangeProps) {
  const kms = useKms();
  const update = useChange({
    change: ([PrimaryRegion]: readonly string[]) =>
      kms.send(new UpdatePrimaryRegionCommand({ KeyId: keyId, PrimaryRegion })),
    done: ([region = ""]) => `The primary key is in ${region} now.`,
    then: close,
  });
  return (
    <RegionModal
      title="Change primary Region"
      description="The replica key of the Region becomes the primary key, and the primary key a replica."
      confirmText="Change primary Region"
      offered={keys.filter(({ type }) => type === "REPLICA").map(({ region }) => region)}
      change={update}
      close={close}
    />
  );
}
