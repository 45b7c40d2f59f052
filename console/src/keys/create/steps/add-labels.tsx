import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";

import { aliasProblem } from "../../alias-names";
import { TagFields } from "../../tags/tag-fields";
import type { StepProps } from "./step-props";

export function AddLabels({ state, set, showProblems }: StepProps) {
  const { alias, description, tags } = state;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Alias</Header>}>
        <FormField
          label="Alias"
          description="You can change the alias at any time. Type it without the prefix alias/."
          errorText={(alias !== "" || showProblems) && aliasProblem(alias)}
        >
          <Input value={alias} ariaRequired onChange={({ detail }) => set({ alias: detail.value })} />
        </FormField>
      </Container>
      <Container header={<Header variant="h2">Description - optional</Header>}>
        <FormField label="Description" description="You can change the description at any time.">
          <Textarea value={description} rows={2} onChange={({ detail }) => set({ description: detail.value })} />
        </FormField>
      </Container>
      <Container header={<Header variant="h2">Tags - optional</Header>}>
        <TagFields tags={tags} change={(changedTags) => set({ tags: changedTags })} />
      </Container>
    </SpaceBetween>
  );
}
