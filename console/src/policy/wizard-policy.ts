import {
  DELETION_ACTIONS,
  SIDS,
  type WizardChoices,
  type WizardKey,
  type WizardPolicy,
  type WizardStatement,
} from "./wizard-choices";

// Source: AWS KMS Developer Guide, "Default key policy"; the server has the same rules in policy/wizard.py.
const VERSION = "2012-10-17";
const ID = "key-consolepolicy-3";
const ADMINISTRATION = ["Create", "Describe", "Enable", "List", "Put", "Update", "Revoke", "Disable", "Get", "Delete"];
const ATTACHMENT = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"];
const FOR_SERVICES = { Bool: { "kms:GrantIsForAWSResource": "true" } };
const SYMMETRIC_USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
const USE: Readonly<Record<WizardKey["keyUsage"], readonly string[]>> = {
  ENCRYPT_DECRYPT: ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey", "kms:GetPublicKey"],
  SIGN_VERIFY: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"],
  GENERATE_VERIFY_MAC: ["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"],
  KEY_AGREEMENT: ["kms:DescribeKey", "kms:GetPublicKey", "kms:DeriveSharedSecret"],
  ENCAPSULATE_DECAPSULATE: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Encapsulate", "kms:Decapsulate"],
};

/** The policy that the wizard writes for what was chosen. */
export function wizardPolicy(choices: WizardChoices): WizardPolicy {
  const { accountId, administrators, key } = choices;
  const users = [...choices.users, ...choices.otherAccounts.map(accountArn)];
  const statements = [statement(SIDS.account, [accountArn(accountId)], "kms:*")];
  if (administrators.length > 0) {
    statements.push(statement(SIDS.administrators, administrators, administratorActions(choices)));
  }
  if (users.length > 0) {
    statements.push(statement(SIDS.users, users, userActions(key)));
  }
  if (users.length > 0 && key.keyUsage !== "GENERATE_VERIFY_MAC") {
    statements.push({ ...statement(SIDS.attachment, users, ATTACHMENT), Condition: FOR_SERVICES });
  }
  return { Version: VERSION, Id: ID, Statement: statements };
}

export function accountArn(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}

function statement(sid: string, principals: readonly string[], action: string | readonly string[]): WizardStatement {
  const [first = ""] = principals;
  const principal = { AWS: principals.length > 1 ? principals : first };
  return { Sid: sid, Effect: "Allow", Principal: principal, Action: action, Resource: "*" };
}

function administratorActions({ key, administratorsMayDelete }: WizardChoices): string[] {
  return [
    ...ADMINISTRATION.map((verb) => `kms:${verb}*`),
    ...(key.origin === "EXTERNAL" ? ["kms:ImportKeyMaterial"] : []),
    "kms:TagResource",
    "kms:UntagResource",
    ...(administratorsMayDelete ? DELETION_ACTIONS : []),
    ...(key.multiRegion ? ["kms:ReplicateKey", "kms:UpdatePrimaryRegion"] : []),
    ...(key.keySpec === "SYMMETRIC_DEFAULT" ? ["kms:RotateKeyOnDemand"] : []),
  ];
}

function userActions(key: WizardKey): readonly string[] {
  return key.keySpec === "SYMMETRIC_DEFAULT" ? SYMMETRIC_USE : USE[key.keyUsage];
}
