import {
  DELETION_ACTIONS,
  SIDS,
  type WizardChoices,
  type WizardKey,
  type WizardPolicy,
  type WizardStatement,
} from "./wizard-choices";
import { wizardPolicy } from "./wizard-policy";

// The policy of a key made through the API without one is what the wizard writes when nobody is chosen, but for its Id.
const IDS = ["key-consolepolicy-3", "key-default-1"];
const POLICY_MEMBERS = ["Version", "Id", "Statement"];
const STATEMENT_MEMBERS = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
const ACCOUNT_ARN = /^arn:aws:iam::(\d{12}):root$/;
const IDENTITY = /^(?:arn:aws:iam::(\d{12}):(?:user|role)\/(?:[!-.0-~]+\/)*[\w+=,.@-]{1,64}|(?:AIDA|AROA)[A-Z0-9]+)$/;

/**
 * The choices for which the wizard writes a policy; principals and actions may stand in any order.
 *
 * Undefined when the wizard would never write such a policy for a key of this kind: it can then only be shown as text.
 */
export function readWizardPolicy(text: string, accountId: string, key: WizardKey): WizardChoices | undefined {
  const policy = readPolicy(text);
  if (policy === undefined || !IDS.includes(policy.Id)) {
    return undefined;
  }
  const choices = choicesIn(policy, accountId, key);
  const same = meaning(policy) === meaning(wizardPolicy(choices));
  return same && isOffered(choices) ? choices : undefined;
}

function choicesIn(policy: WizardPolicy, accountId: string, key: WizardKey): WizardChoices {
  const administrators = named(policy, SIDS.administrators);
  const users = named(policy, SIDS.users);
  return {
    accountId,
    key,
    administrators,
    // Without administrators the box says nothing, and is held to be ticked.
    administratorsMayDelete: administrators.length === 0 || givesDeletion(policy),
    users: users.filter((name) => !ACCOUNT_ARN.test(name)),
    otherAccounts: users.flatMap((name) => ACCOUNT_ARN.exec(name)?.[1] ?? []),
  };
}

function isOffered({ accountId, administrators, users, otherAccounts }: WizardChoices): boolean {
  const belongs = (identity: string) => {
    const match = IDENTITY.exec(identity);
    return match !== null && (match[1] === undefined || match[1] === accountId);
  };
  return [...administrators, ...users].every(belongs) && !otherAccounts.includes(accountId);
}

function readPolicy(text: string): WizardPolicy | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isPolicy(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPolicy(value: unknown): value is WizardPolicy {
  return (
    isObject(value, POLICY_MEMBERS) &&
    typeof value["Version"] === "string" &&
    typeof value["Id"] === "string" &&
    Array.isArray(value["Statement"]) &&
    value["Statement"].every(isStatement)
  );
}

function isStatement(value: unknown): value is WizardStatement {
  return (
    isObject(value, STATEMENT_MEMBERS) &&
    typeof value["Sid"] === "string" &&
    isObject(value["Principal"], ["AWS"]) &&
    isTexts(value["Principal"]["AWS"]) &&
    isTexts(value["Action"])
  );
}

function isObject(value: unknown, members: readonly string[]): value is Record<string, unknown> {
  const object = typeof value === "object" && value !== null && !Array.isArray(value);
  return object && Object.keys(value).every((name) => members.includes(name));
}

function isTexts(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && value.every((entry) => typeof entry === "string"));
}

function named(policy: WizardPolicy, sid: string): string[] {
  return [...new Set(policy.Statement.flatMap(({ Sid, Principal }) => (Sid === sid ? Principal.AWS : [])))];
}

function givesDeletion(policy: WizardPolicy): boolean {
  const actions = policy.Statement.flatMap(({ Sid, Action }) => (Sid === SIDS.administrators ? Action : []));
  return DELETION_ACTIONS.every((action) => actions.includes(action));
}

function meaning({ Version, Statement }: WizardPolicy): string {
  return JSON.stringify([Version, Statement.map(statementMeaning)]);
}

function statementMeaning({ Sid, Effect, Principal, Action, Resource, Condition }: WizardStatement): unknown[] {
  return [Sid, Effect, asSet(Principal.AWS), asSet(Action), Resource, Condition ?? null];
}

function asSet(value: string | readonly string[]): string[] {
  return [...new Set([value].flat())].sort();
}
