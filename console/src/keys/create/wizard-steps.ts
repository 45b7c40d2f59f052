import { aliasProblem } from "../alias-names";
import { areValidAccounts } from "../other-accounts";
import { areValidTags } from "../tags/tag-changes";
import { hasErrors } from "../../policy/check-policy";
import { isInKeyStore, type WizardState } from "./wizard-state";

export const STEPS = [
  "configure-key",
  "add-labels",
  "administrative-permissions",
  "usage-permissions",
  "key-policy",
  "review",
] as const;
export type Step = (typeof STEPS)[number];

/** The place of a step in the wizard; an unknown one is the first. */
export function stepIndex(step: string | undefined): number {
  return Math.max(
    0,
    STEPS.findIndex((name) => name === step),
  );
}

const COMPLETE: Readonly<Record<Step, (state: WizardState, accountId: string) => boolean>> = {
  "configure-key": isConfigured,
  "add-labels": ({ alias, tags }) => aliasProblem(alias) === undefined && areValidTags(tags),
  "administrative-permissions": () => true,
  "usage-permissions": ({ otherAccounts }, accountId) => areValidAccounts(otherAccounts, accountId),
  "key-policy": ({ editedPolicy }) => editedPolicy === undefined || !hasErrors(editedPolicy),
  review: () => true,
};

/** Whether nothing of a step stands in the way of the next one. */
export function isStepComplete(step: Step, state: WizardState, accountId: string): boolean {
  return COMPLETE[step](state, accountId);
}

/** The first step that is not complete; undefined when the key can be made. */
export function firstIncomplete(state: WizardState, accountId: string): number | undefined {
  const index = STEPS.findIndex((step) => !isStepComplete(step, state, accountId));
  return index < 0 ? undefined : index;
}

function isConfigured({ origin, importConfirmed, customKeyStoreId, xksKeyId }: WizardState): boolean {
  const imports = origin !== "EXTERNAL" || importConfirmed;
  const stored = !isInKeyStore(origin) || customKeyStoreId !== "";
  return imports && stored && (origin !== "EXTERNAL_KEY_STORE" || xksKeyId !== "");
}
