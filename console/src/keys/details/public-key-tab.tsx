import { GetPublicKeyCommand } from "@aws-sdk/client-kms";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";

import { ApiFailure } from "../../aws/api-failure";
import { saveFile } from "../../aws/save-file";
import { useKms } from "../../aws/kms";
import { useRegion } from "../../frame/region";
import { PolicyText } from "../../policy/policy-text";
import { pem } from "../pem";
import type { KeyTabProps } from "./use-key";

export default function PublicKeyTab({ metadata: { KeyId: keyId = "" } }: KeyTabProps) {
  const kms = useKms();
  const answer = useQuery({
    queryKey: [useRegion(), "key", keyId, "public-key"],
    queryFn: () => kms.send(new GetPublicKeyCommand({ KeyId: keyId })),
  });
  if (answer.isError) {
    return <ApiFailure error={answer.error} retry={() => void answer.refetch()} />;
  }
  const text = pem(answer.data?.PublicKey ?? new Uint8Array());
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Anyone may use it, outside of KMS too: it is not secret."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyToClipboard
                copyButtonText="Copy"
                textToCopy={text}
                copySuccessText="Copied public key"
                copyErrorText="Could not copy public key"
              />
              <Button iconName="download" onClick={() => saveFile(`${keyId}.pem`, text)}>
                Download
              </Button>
            </SpaceBetween>
          }
        >
          Public key
        </Header>
      }
    >
      {answer.isPending ? "Loading public key" : <PolicyText label="Public key in PEM" text={text} />}
    </Container>
  );
}
