import type { KeyMetadata } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { useState } from "react";

import { timeText } from "../../aws/times";
import { InternalLink } from "../../frame/internal-link";
import { usePaths } from "../../frame/use-paths";
import { regionalityLabel } from "../key-labels";
import { KeyStatus } from "../key-status";
import { DescriptionModal } from "./description-modal";
import { LastUsed } from "./last-used";

interface GeneralConfigurationProps {
  readonly metadata: KeyMetadata;
  readonly aliases: readonly string[];
  readonly changeable: boolean;
}

export function GeneralConfiguration({ metadata, aliases, changeable }: GeneralConfigurationProps) {
  const [editing, setEditing] = useState(false);
  const { Arn: arn = "", Description: description = "", KeyId: keyId = "", DeletionDate: deletion } = metadata;
  return (
    <Container
      header={
        <Header variant="h2" actions={changeable && <Button onClick={() => setEditing(true)}>Edit</Button>}>
          General configuration
        </Header>
      }
    >
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Alias", value: <Aliases keyId={keyId} aliases={aliases} /> },
          { label: "Status", value: <KeyStatus metadata={metadata} /> },
          { label: "Creation date", value: timeText(metadata.CreationDate) },
          { label: "ARN", value: <Copied name="ARN" text={arn} /> },
          { label: "Description", value: description === "" ? "-" : description },
          { label: "Regionality", value: regionalityLabel(metadata) },
          { label: "Key ID", value: <Copied name="key ID" text={keyId} /> },
          { label: "Last used", value: <LastUsed keyId={keyId} /> },
          ...(deletion === undefined ? [] : [{ label: "Deletion date", value: timeText(deletion) }]),
        ]}
      />
      {editing && <DescriptionModal keyId={keyId} description={description} close={() => setEditing(false)} />}
    </Container>
  );
}

function Aliases({ keyId, aliases }: { readonly keyId: string; readonly aliases: readonly string[] }) {
  const paths = usePaths();
  const [first = "-", ...more] = aliases;
  return (
    <>
      {first}{" "}
      {more.length > 0 && <InternalLink to={paths.key(keyId, "aliases")}>{`(+${more.length} more)`}</InternalLink>}
    </>
  );
}

function Copied({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy ${name}`}
      copySuccessText={`Copied ${name}`}
      copyErrorText={`Could not copy ${name}`}
    />
  );
}
