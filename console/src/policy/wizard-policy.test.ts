import { describe, expect, test } from "vitest";

import { printPolicy } from "./print-policy";
import { readWizardPolicy } from "./read-wizard-policy";
import type { WizardChoices } from "./wizard-choices";
import { wizardPolicy } from "./wizard-policy";
// Written by tests/unit/policy/wizard_cases.py with the rules of the server.
import cases from "./wizard-cases.json";

const ALL = cases as readonly { choices: WizardChoices; policy: string }[];
const FULL = ALL.find(({ choices }) => choices.administrators.length === 2 && choices.otherAccounts.length === 1);

function full() {
  if (FULL === undefined) {
    throw new Error("There is no such case.");
  }
  return FULL;
}

describe("the policy of the choices", () => {
  test("is the server's, letter by letter", () => {
    for (const { choices, policy } of ALL) {
      expect(printPolicy(wizardPolicy(choices))).toBe(policy);
    }
  });

  test("gives the choices back", () => {
    for (const { choices, policy } of ALL) {
      expect(readWizardPolicy(policy, choices.accountId, choices.key)).toEqual(choices);
    }
  });
});

describe("a policy that the wizard does not write", () => {
  const { choices, policy } = full();
  const read = (text: string) => readWizardPolicy(text, choices.accountId, choices.key);

  test.each([
    ["no JSON", policy.slice(1)],
    ["another Id", policy.replace("key-consolepolicy-3", "mine")],
    ["another Sid", policy.replace("Allow use of the key", "Use")],
    ["a changed action", policy.replace("kms:Put*", "kms:PutKeyPolicy")],
    ["an action more", policy.replace('"kms:Encrypt"', '"kms:Encrypt", "kms:Sign"')],
    ["a member more", policy.replace('"Resource"', '"NotResource" : "x", "Resource"')],
    ["a denial", policy.replace('"Allow"', '"Deny"')],
    [
      "a principal of another account",
      policy.replaceAll(":user/CloudAcademy", ":user/x").replaceAll("111122223333:user", "444455556666:user"),
    ],
    ["another condition", policy.replace('"true"', '"false"')],
    ["a service as principal", policy.replace('"AWS"', '"Service"')],
    ["an array", "[]"],
    ["a statement that is no list", '{"Version":"2012-10-17","Id":"key-default-1","Statement":{}}'],
  ])("is only text: %s", (_, text) => {
    expect(text).not.toBe(policy);
    expect(read(text)).toBeUndefined();
  });

  test("may have its principals and actions in another order", () => {
    const turned = policy.replace('"kms:Create*", "kms:Describe*"', '"kms:Describe*", "kms:Create*"');
    expect(turned).not.toBe(policy);
    expect(read(turned)).toEqual(choices);
  });

  test("of a key made by the API is the one of no choices", () => {
    const [none] = ALL;
    const text = none?.policy.replace("key-consolepolicy-3", "key-default-1") ?? "";
    expect(readWizardPolicy(text, choices.accountId, choices.key)).toEqual(none?.choices);
  });

  test("may name deleted users", () => {
    const text = policy.replaceAll("arn:aws:iam::111122223333:user/CloudAcademy", "AIDAEXAMPLE");
    expect(read(text)?.administrators).toContain("AIDAEXAMPLE");
  });
});

test("printing", () => {
  expect(printPolicy({ a: [], b: {}, c: [1, "x"] })).toBe('{\n  "a" : [ ],\n  "b" : { },\n  "c" : [ 1, "x" ]\n}');
});
