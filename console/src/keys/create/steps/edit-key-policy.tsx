import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Spinner from "@cloudscape-design/components/spinner";
import { Suspense } from "react";

import { LazyPolicyEditor } from "../../../policy/lazy-policy-editor";
import { PolicyText } from "../../../policy/policy-text";
import { policyText } from "../create-key";
import type { StepProps } from "./step-props";

/** The policy that the choices make, to read and to change before the key is made. */
export function EditKeyPolicy({ state, accountId, set }: StepProps) {
  const text = policyText(state, accountId);
  const edited = state.editedPolicy !== undefined;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            edited
              ? "You edited this policy. It follows your choices again if you reset it, or change what you chose before."
              : "This policy follows from your choices."
          }
          actions={
            edited ? (
              <Button onClick={() => set({ editedPolicy: undefined })}>Reset to the choices</Button>
            ) : (
              <Button onClick={() => set({ editedPolicy: text })}>Edit</Button>
            )
          }
        >
          Key policy
        </Header>
      }
    >
      {edited ? (
        <Suspense fallback={<Spinner size="large" />}>
          <LazyPolicyEditor text={text} change={(editedPolicy) => set({ editedPolicy })} />
        </Suspense>
      ) : (
        <PolicyText text={text} />
      )}
    </Container>
  );
}
