import type { CreateGrantRequest, GrantConstraints, GrantOperation } from "@aws-sdk/client-kms";

// Source: AWS KMS API Reference, CreateGrant.
export const GRANT_OPERATIONS = [
  "CreateGrant",
  "Decapsulate",
  "Decrypt",
  "DeriveSharedSecret",
  "DescribeKey",
  "Encapsulate",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "GetPublicKey",
  "ReEncryptFrom",
  "ReEncryptTo",
  "RetireGrant",
  "Sign",
  "Verify",
  "VerifyMac",
] as const satisfies readonly GrantOperation[];

/** What was typed for a new grant. */
export interface NewGrant {
  readonly grantee: string;
  readonly retiring: string;
  readonly name: string;
  readonly operations: readonly GrantOperation[];
  readonly constraint: "none" | "equals" | "subset";
  readonly encryptionContext: readonly ContextPair[];
}

export interface ContextPair {
  readonly name: string;
  readonly value: string;
}

export const NEW_GRANT: NewGrant = {
  grantee: "",
  retiring: "",
  name: "",
  operations: [],
  constraint: "none",
  encryptionContext: [],
};

export function isComplete({ grantee, operations, constraint, encryptionContext }: NewGrant): boolean {
  const constrained = encryptionContext.length > 0 && encryptionContext.every(({ name }) => name !== "");
  return grantee !== "" && operations.length > 0 && (constraint === "none" || constrained);
}

export function grantRequest(keyId: string, grant: NewGrant): CreateGrantRequest {
  const constraints = grantConstraints(grant);
  return {
    KeyId: keyId,
    GranteePrincipal: grant.grantee,
    Operations: [...grant.operations],
    ...(grant.retiring !== "" && { RetiringPrincipal: grant.retiring }),
    ...(grant.name !== "" && { Name: grant.name }),
    ...(constraints && { Constraints: constraints }),
  };
}

/** What a grant asks of the encryption context, on one line. */
export function constraintText(constraints: GrantConstraints | undefined): string {
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {};
  const lines = [
    ...(equals === undefined ? [] : [`Context equals ${JSON.stringify(equals)}`]),
    ...(subset === undefined ? [] : [`Context contains ${JSON.stringify(subset)}`]),
  ];
  return lines.length === 0 ? "-" : lines.join("; ");
}

function grantConstraints({ constraint, encryptionContext }: NewGrant): GrantConstraints | undefined {
  const context = Object.fromEntries(encryptionContext.map(({ name, value }) => [name, value]));
  switch (constraint) {
    case "none":
      return undefined;
    case "equals":
      return { EncryptionContextEquals: context };
    case "subset":
      return { EncryptionContextSubset: context };
  }
}
