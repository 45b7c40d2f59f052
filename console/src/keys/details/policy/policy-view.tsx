import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { hasErrors } from "../../../policy/check-policy";
import { LazyPolicyEditor } from "../../../policy/lazy-policy-editor";
import { PolicyText } from "../../../policy/policy-text";
import { useSavePolicy } from "./use-policy";

interface PolicyViewProps {
  readonly keyId: string;
  readonly text: string;
  readonly changeable: boolean;
  readonly switchButton: ReactNode;
}

/** The policy as JSON, to read and to edit. */
export function PolicyView({ keyId, text, changeable, switchButton }: PolicyViewProps) {
  const [edited, setEdited] = useState<string>();
  const save = useSavePolicy(keyId, () => setEdited(undefined));
  const wrong = edited !== undefined && hasErrors(edited);
  const buttons =
    edited === undefined ? (
      <>
        {switchButton}
        {changeable && <Button onClick={() => setEdited(text)}>Edit</Button>}
      </>
    ) : (
      <>
        <Button onClick={() => setEdited(undefined)}>Cancel</Button>
        <Button
          variant="primary"
          loading={save.isPending}
          disabled={wrong || edited === text}
          onClick={() => save.mutate(edited)}
        >
          Save changes
        </Button>
      </>
    );
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {buttons}
            </SpaceBetween>
          }
        >
          Key policy
        </Header>
      }
    >
      <SpaceBetween size="m">
        {save.isError && <ApiFailure error={save.error} />}
        {edited === undefined ? <PolicyText text={text} /> : <LazyPolicyEditor text={edited} change={setEdited} />}
      </SpaceBetween>
    </Container>
  );
}
