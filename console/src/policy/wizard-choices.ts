import type { KeyUsageType } from "@aws-sdk/client-kms";

/** What the wizard's policy depends on of a key. */
export interface WizardKey {
  readonly keySpec: string;
  readonly keyUsage: KeyUsageType;
  readonly origin: string;
  readonly multiRegion: boolean;
}

/** What somebody chose in the wizard of whom may do what with a key. */
export interface WizardChoices {
  /** Twelve digits; owns the key. */
  readonly accountId: string;
  readonly key: WizardKey;
  /** ARNs of users and roles of the account; of deleted ones, the bare unique ids. */
  readonly administrators: readonly string[];
  /** The box "Allow key administrators to delete this key". */
  readonly administratorsMayDelete: boolean;
  readonly users: readonly string[];
  /** Twelve digits each. */
  readonly otherAccounts: readonly string[];
}

export interface WizardStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: { readonly AWS: string | readonly string[] };
  readonly Action: string | readonly string[];
  readonly Resource: "*";
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface WizardPolicy {
  readonly Version: string;
  readonly Id: string;
  readonly Statement: readonly WizardStatement[];
}

export const SIDS = {
  account: "Enable IAM User Permissions",
  administrators: "Allow access for Key Administrators",
  users: "Allow use of the key",
  attachment: "Allow attachment of persistent resources",
} as const;

export const DELETION_ACTIONS = ["kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion"] as const;
