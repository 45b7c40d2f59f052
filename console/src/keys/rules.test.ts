import type { KeyMetadata } from "@aws-sdk/client-kms";
import { describe, expect, test } from "vitest";

import { doneText, isOffered } from "./actions/key-operations";
import { waitingPeriod } from "./actions/schedule-deletion-modal";
import { aliasProblem } from "./alias-names";
import { constraintText, grantRequest, isComplete, NEW_GRANT } from "./details/grants/new-grant";
import { endOfDay, importRequest, isAllowedDay } from "./details/import/import-choices";
import { wrappingAlgorithms } from "./details/import/wrapping";
import { lastUsedText } from "./details/last-used";
import { rotationPeriod } from "./details/rotation/automatic-rotation-panel";
import { canRotateNow, rotationsLeft } from "./details/rotation/materials";
import { tabsOf } from "./details/tabs";
import { accountProblem, areValidAccounts } from "./other-accounts";
import { pem } from "./pem";
import { relatedKeys } from "./related-keys";
import { areValidTags, tagChanges, tagKeyProblem, tagValueProblem } from "./tags/tag-changes";

function key(metadata: Partial<KeyMetadata>): KeyMetadata {
  return { KeyId: "k", KeySpec: "SYMMETRIC_DEFAULT", KeyState: "Enabled", Origin: "AWS_KMS", ...metadata };
}

test("actions are offered where every key's state lets them do something", () => {
  const [enabled, disabled, pending] = [key({}), key({ KeyState: "Disabled" }), key({ KeyState: "PendingDeletion" })];
  expect(isOffered("disable", [enabled])).toBe(true);
  expect(isOffered("disable", [enabled, disabled])).toBe(false);
  expect(isOffered("enable", [disabled])).toBe(true);
  expect(isOffered("schedule-deletion", [enabled, disabled])).toBe(true);
  expect(isOffered("schedule-deletion", [pending])).toBe(false);
  expect(isOffered("cancel-deletion", [pending])).toBe(true);
  expect(isOffered("enable", [])).toBe(false);
  expect(doneText("disable", [enabled])).toBe("Key k is disabled.");
  expect(doneText("enable", [enabled, disabled])).toBe("2 keys are enabled.");
});

test.each([
  ["6", undefined],
  ["7", 7],
  ["30", 30],
  ["31", undefined],
  ["7.5", undefined],
  ["", undefined],
])("a waiting period of %j days", (text, days) => expect(waitingPeriod(text)).toBe(days));

test.each([
  ["89", undefined],
  ["90", 90],
  ["2560", 2560],
  ["2561", undefined],
  ["x", undefined],
])("a rotation period of %j days", (text, days) => expect(rotationPeriod(text)).toBe(days));

test("aliases", () => {
  expect(aliasProblem("prod/Key_1-a")).toBeUndefined();
  for (const wrong of ["", "aws/x", "AWS/x", "a b", "a:b", "x".repeat(251)]) {
    expect(aliasProblem(wrong), wrong).toBeDefined();
  }
});

describe("tags", () => {
  const before = [
    { TagKey: "same", TagValue: "1" },
    { TagKey: "other", TagValue: "1" },
    { TagKey: "gone", TagValue: "" },
  ];

  test("what is set and what is removed", () => {
    const after = [
      before[0] ?? {},
      { TagKey: "other", TagValue: "2" },
      { TagKey: "new", TagValue: "" },
    ] as typeof before;
    expect(tagChanges(before, after)).toEqual({ added: after.slice(1), removed: ["gone"] });
  });

  test("what AWS takes", () => {
    expect(areValidTags(before)).toBe(true);
    for (const wrong of ["", "aws:x", "a;b", "x".repeat(129)]) {
      expect(tagKeyProblem([{ TagKey: wrong, TagValue: "" }], 0), wrong).toBeDefined();
    }
    expect(
      tagKeyProblem(
        [before[0] ?? before[1], before[0]].filter((tag) => tag !== undefined),
        1,
      ),
    ).toBeDefined();
    expect(tagValueProblem({ TagKey: "a", TagValue: "x".repeat(257) })).toBeDefined();
  });
});

test("other accounts", () => {
  expect(areValidAccounts(["444455556666"], "111122223333")).toBe(true);
  expect(accountProblem(["44445555666"], 0, "111122223333")).toContain("12 digits");
  expect(accountProblem(["111122223333"], 0, "111122223333")).toContain("owns the key");
  expect(accountProblem(["444455556666", "444455556666"], 1, "111122223333")).toContain("already");
});

describe("grants", () => {
  const grant = { ...NEW_GRANT, grantee: "arn:x", operations: ["Decrypt"] as const };

  test("are complete with a grantee and an operation, and pairs where they are constrained", () => {
    expect(isComplete(NEW_GRANT)).toBe(false);
    expect(isComplete(grant)).toBe(true);
    expect(isComplete({ ...grant, constraint: "equals" })).toBe(false);
  });

  test("are asked for with what was typed", () => {
    const pairs = [{ name: "a", value: "b" }];
    expect(grantRequest("k", grant)).toEqual({ KeyId: "k", GranteePrincipal: "arn:x", Operations: ["Decrypt"] });
    expect(
      grantRequest("k", { ...grant, constraint: "equals", encryptionContext: pairs, retiring: "arn:y", name: "n" }),
    ).toMatchObject({
      Constraints: { EncryptionContextEquals: { a: "b" } },
      RetiringPrincipal: "arn:y",
      Name: "n",
    });
    expect(grantRequest("k", { ...grant, constraint: "subset", encryptionContext: pairs }).Constraints).toEqual({
      EncryptionContextSubset: { a: "b" },
    });
  });

  test("tell their constraints", () => {
    expect(constraintText(undefined)).toBe("-");
    expect(constraintText({ EncryptionContextEquals: { a: "b" }, EncryptionContextSubset: {} })).toBe(
      'Context equals {"a":"b"}; Context contains {}',
    );
  });
});

describe("key material", () => {
  test("is rotated on demand 25 times, where it can be", () => {
    const done = Array.from({ length: 25 }, () => ({ RotationType: "ON_DEMAND" as const }));
    expect(rotationsLeft([{ RotationType: "AUTOMATIC" }])).toBe(25);
    expect(rotationsLeft(done)).toBe(0);
    expect(canRotateNow(key({}), [])).toBe(true);
    expect(canRotateNow(key({}), done)).toBe(false);
    expect(canRotateNow(key({ KeyState: "Disabled" }), [])).toBe(false);
    expect(canRotateNow(key({ Origin: "EXTERNAL" }), [])).toBe(false);
    expect(canRotateNow(key({ Origin: "EXTERNAL" }), [{ KeyMaterialState: "PENDING_ROTATION" }])).toBe(true);
    expect(canRotateNow(key({ MultiRegionConfiguration: { MultiRegionKeyType: "REPLICA" } }), [])).toBe(false);
  });

  test("expires at the end of a day within a year", () => {
    const now = new Date("2026-10-01T12:00:00");
    expect(endOfDay("2026-10-01")).toEqual(new Date("2026-10-02T00:00:00"));
    expect(isAllowedDay("2026-10-01", now)).toBe(true);
    expect(isAllowedDay("2026-09-30", now)).toBe(false);
    expect(isAllowedDay("2027-10-01", now)).toBe(false);
    expect(isAllowedDay("", now)).toBe(false);
  });

  test("is imported with what was chosen", () => {
    const choices = {
      wrapsHere: true,
      wrappingKeySpec: "RSA_4096" as const,
      algorithm: "RSAES_OAEP_SHA_256" as const,
      material: undefined,
      token: undefined,
      expires: false,
      lastDay: "2026-10-01",
      description: "",
      importType: undefined,
    };
    const bytes = new Uint8Array(1);
    expect(importRequest("k", choices, bytes, bytes)).toMatchObject({
      ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE",
    });
    const more = { ...choices, expires: true, description: "d", importType: "NEW_KEY_MATERIAL" as const };
    expect(importRequest("k", more, bytes, bytes)).toMatchObject({
      ExpirationModel: "KEY_MATERIAL_EXPIRES",
      ValidTo: endOfDay("2026-10-01"),
      KeyMaterialDescription: "d",
      ImportType: "NEW_KEY_MATERIAL",
    });
  });

  test("of private RSA keys is wrapped with a key of AES", () => {
    expect(wrappingAlgorithms(key({ KeySpec: "RSA_2048" }))[0]).toBe("RSA_AES_KEY_WRAP_SHA_256");
    expect(wrappingAlgorithms(key({}))[0]).toBe("RSAES_OAEP_SHA_256");
  });
});

test("a kind of key has the tabs that say something of it", () => {
  const ids = (metadata: Partial<KeyMetadata>) => tabsOf(key(metadata)).map(({ id }) => id);
  expect(ids({})).toEqual(["policy", "cryptographic-configuration", "tags", "rotation", "aliases", "grants"]);
  expect(ids({ KeySpec: "RSA_2048", MultiRegion: true })).toContain("public-key");
  expect(ids({ KeySpec: "RSA_2048", MultiRegion: true })).toContain("regionality");
  expect(ids({ KeySpec: "HMAC_256", Origin: "EXTERNAL" })).toContain("key-material");
  expect(ids({ KeyManager: "AWS" })).not.toContain("tags");
  expect(ids({ Origin: "AWS_CLOUDHSM" })).not.toContain("rotation");
});

test("related keys: the primary first", () => {
  const at = (Region: string) => ({ Region, Arn: `arn:${Region}` });
  const configuration = { PrimaryKey: at("us-east-1"), ReplicaKeys: [at("eu-west-1"), at("ap-east-1")] };
  const regions = relatedKeys(key({ MultiRegionConfiguration: configuration })).map(({ region }) => region);
  expect(regions).toEqual(["us-east-1", "ap-east-1", "eu-west-1"]);
  expect(relatedKeys(key({}))).toEqual([]);
});

test("last use", () => {
  const at = new Date("2026-10-01T12:00:00");
  expect(lastUsedText({ KeyLastUsage: { Timestamp: at, Operation: "Decrypt" } })).toBe(
    "Oct 1, 2026, 12:00 PM, Decrypt",
  );
  expect(lastUsedText({ TrackingStartDate: at })).toBe("Not since Oct 1, 2026, 12:00 PM");
  expect(lastUsedText({})).toBe("Never");
});

test("PEM has lines of 64 characters", () => {
  const lines = pem(new Uint8Array(60)).split("\n");
  expect(lines).toEqual(["-----BEGIN PUBLIC KEY-----", "A".repeat(64), "A".repeat(16), "-----END PUBLIC KEY-----", ""]);
});
