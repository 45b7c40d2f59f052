import { describe, expect, test } from "vitest";

import { checkPolicy, hasErrors } from "./check-policy";
import { printPolicy } from "./print-policy";

const STATEMENT = {
  Sid: "All",
  Effect: "Allow",
  Principal: { AWS: "arn:aws:iam::111122223333:root" },
  Action: "kms:*",
  Resource: "*",
};

function policy(statement: object): string {
  return printPolicy({ Version: "2012-10-17", Statement: [statement] });
}

function without(name: keyof typeof STATEMENT): string {
  return policy(Object.fromEntries(Object.entries(STATEMENT).filter(([member]) => member !== name)));
}

test("a sound policy has no findings", () => {
  expect(checkPolicy(policy(STATEMENT))).toEqual([]);
});

describe("text that is no JSON is told with its place", () => {
  test.each([
    ["", 1, 1, "the text ends"],
    ['{\n  "Version" "x"\n}', 2, 13, '":"'],
    ['{"a":1,}', 1, 8, "a name in double quotes"],
    ['{"a":1 "b":2}', 1, 8, '"," or "}"'],
    ['{"a":[1 2]}', 1, 9, '"," or "]"'],
    ['{"a":tru}', 1, 6, "a value"],
    ['{"a":01}', 1, 6, "a value"],
    ['{"a":"x}', 1, 6, "does not end"],
    ["{} x", 1, 4, "the end of the text"],
  ])("%j", (text, line, column, words) => {
    const [first] = checkPolicy(text);
    expect(first).toMatchObject({ severity: "error", line, column });
    expect(first?.message).toContain(words);
  });
});

describe("what makes a policy unusable is an error", () => {
  test.each([
    ["no object", "[]", "A policy is a JSON object."],
    ["no statement", '{"Version":"2012-10-17"}', "A policy needs a Statement."],
    ["a statement that is no object", '{"Version":"2012-10-17","Statement":[1]}', "A statement is a JSON object."],
    ["no effect", without("Effect"), 'Effect must be "Allow" or "Deny".'],
    ["a wrong effect", policy({ ...STATEMENT, Effect: "allow" }), 'Effect must be "Allow" or "Deny".'],
    ["no principal", without("Principal"), "A statement of a key policy needs a Principal."],
    ["no action", without("Action"), "Without Action the statement never matches."],
    ["no resource", without("Resource"), "Without Resource the statement never matches."],
    [
      "an action of another service",
      policy({ ...STATEMENT, Action: ["s3:GetObject"] }),
      '"s3:GetObject" is no action of KMS',
    ],
    ["an unknown member", policy({ ...STATEMENT, Resources: "*" }), '"Resources" has no meaning here.'],
    ["a member twice", policy(STATEMENT).replace('"Sid"', '"Effect" : "Allow", "Sid"'), "Effect is given twice."],
    ["a character beyond Latin-1", policy({ ...STATEMENT, Sid: "€" }), "characters of Latin-1"],
    ["a policy too large", policy({ ...STATEMENT, Sid: "x".repeat(32_768) }), "at most 32768 are allowed"],
  ])("%s", (_, text, words) => {
    expect(hasErrors(text)).toBe(true);
    expect(
      checkPolicy(text)
        .map(({ message }) => message)
        .join("\n"),
    ).toContain(words);
  });
});

test("a finding tells where it is", () => {
  const [finding] = checkPolicy(policy({ ...STATEMENT, Action: ["kms:Encrypt", "s3:GetObject"] }));
  expect(finding).toMatchObject({ line: 9, column: 33 });
});

describe("what may be meant is a warning", () => {
  test.each([
    ["everybody", policy({ ...STATEMENT, Principal: "*" })],
    ["every account", policy({ ...STATEMENT, Principal: { AWS: ["*"] } })],
    ["another version", policy(STATEMENT).replace("2012-10-17", "2008-10-17")],
  ])("%s", (_, text) => {
    expect(checkPolicy(text)).toHaveLength(1);
    expect(hasErrors(text)).toBe(false);
  });

  test.each([
    ["a denial for everybody", policy({ ...STATEMENT, Effect: "Deny", Principal: "*" })],
    ["everybody under a condition", policy({ ...STATEMENT, Principal: "*", Condition: { Bool: { x: "true" } } })],
  ])("but not %s", (_, text) => {
    expect(checkPolicy(text)).toEqual([]);
  });
});
