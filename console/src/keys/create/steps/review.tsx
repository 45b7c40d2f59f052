import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs, { type KeyValuePairsProps } from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { identityOfArn } from "../../../identities/identity-arns";
import { PolicyText } from "../../../policy/policy-text";
import { keyTypeLabel, originLabel, regionalityLabel, usageLabel } from "../../key-labels";
import { policyText } from "../create-key";
import { plannedKey } from "../wizard-state";
import type { Step } from "../wizard-steps";
import type { StepProps } from "./step-props";

/** All choices, each with the way back to it. */
export function Review({ state, accountId, goTo }: StepProps) {
  const key = plannedKey(state);
  const tags = state.tags.map(
    ({ TagKey: name = "", TagValue: value = "" }) => `${name}: ${value === "" ? "-" : value}`,
  );
  return (
    <SpaceBetween size="l">
      <Section
        title="Key configuration"
        edit={() => goTo("configure-key")}
        items={[
          { label: "Key type", value: keyTypeLabel(key) },
          { label: "Key spec", value: state.keySpec },
          { label: "Key usage", value: usageLabel(key) },
          { label: "Origin", value: originLabel(key) },
          { label: "Regionality", value: regionalityLabel(key) },
          ...(state.customKeyStoreId === "" ? [] : [{ label: "Custom key store ID", value: state.customKeyStoreId }]),
          ...(state.xksKeyId === "" ? [] : [{ label: "External key ID", value: state.xksKeyId }]),
        ]}
      />
      <Section
        title="Alias, description and tags"
        edit={() => goTo("add-labels")}
        items={[
          { label: "Alias", value: state.alias },
          { label: "Description", value: state.description === "" ? "-" : state.description },
          { label: "Tags", value: <Lines of={tags} /> },
        ]}
      />
      <Section
        title="Key permissions"
        edit={() => goTo("administrative-permissions")}
        items={[
          { label: "Key administrators", value: <Lines of={names(state.administrators)} /> },
          { label: "Key users", value: <Lines of={names(state.users)} /> },
          { label: "Other AWS accounts", value: <Lines of={state.otherAccounts} /> },
        ]}
      />
      <Container header={<SectionHeader title="Key policy" edit={() => goTo("key-policy" satisfies Step)} />}>
        <PolicyText text={policyText(state, accountId)} />
      </Container>
    </SpaceBetween>
  );
}

interface SectionHeaderProps {
  readonly title: string;
  readonly edit: () => void;
}

function SectionHeader({ title, edit }: SectionHeaderProps) {
  return (
    <Header
      variant="h2"
      actions={
        <Button ariaLabel={`Edit ${title.toLowerCase()}`} onClick={edit}>
          Edit
        </Button>
      }
    >
      {title}
    </Header>
  );
}

function Section({ items, ...header }: SectionHeaderProps & { readonly items: KeyValuePairsProps.Item[] }) {
  return (
    <Container header={<SectionHeader {...header} />}>
      <KeyValuePairs columns={3} items={items} />
    </Container>
  );
}

function Lines({ of: lines }: { readonly of: readonly string[] }) {
  return lines.length === 0 ? "-" : lines.map((line) => <div key={line}>{line}</div>);
}

function names(arns: readonly string[]): string[] {
  return arns.map((arn) => `${identityOfArn(arn).name} (${identityOfArn(arn).type.toLowerCase()})`);
}
