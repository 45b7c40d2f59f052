import { describe, expect, test } from "vitest";

import { createKeyRequest, policyText } from "./create-key";
import { originsFor, specsFor, usagesFor } from "./key-specs";
import { changed, NEW_KEY, plannedKey, policyChoices } from "./wizard-state";
import { firstIncomplete, isStepComplete, stepIndex, STEPS } from "./wizard-steps";

const ACCOUNT = "111122223333";
const NAMED = { ...NEW_KEY, alias: "NewKey" };

describe("what follows from a choice", () => {
  test("another key type has its own usages and specs", () => {
    const rsa = changed(NEW_KEY, { keyType: "asymmetric" });
    expect(rsa).toMatchObject({ keyUsage: "ENCRYPT_DECRYPT", keySpec: "RSA_2048" });
    expect(changed(rsa, { keyUsage: "KEY_AGREEMENT" })).toMatchObject({ keySpec: "ECC_NIST_P256" });
    expect(changed(changed(rsa, { keyUsage: "SIGN_VERIFY" }), { keyType: "symmetric" })).toMatchObject({
      keyUsage: "ENCRYPT_DECRYPT",
      keySpec: "SYMMETRIC_DEFAULT",
    });
  });

  test("a spec that cannot be imported is made by KMS", () => {
    const imported = changed(NEW_KEY, { keyType: "asymmetric", keyUsage: "SIGN_VERIFY", origin: "EXTERNAL" });
    expect(imported.origin).toBe("EXTERNAL");
    expect(changed(imported, { keySpec: "ML_DSA_65" }).origin).toBe("AWS_KMS");
  });

  test("a key of a key store is in one Region, and another origin forgets the store", () => {
    const multi = changed(NEW_KEY, { multiRegion: true });
    const stored = changed(changed(multi, { origin: "EXTERNAL_KEY_STORE" }), {
      customKeyStoreId: "cks-1",
      xksKeyId: "x",
    });
    expect(stored).toMatchObject({ multiRegion: false, customKeyStoreId: "cks-1" });
    expect(changed(stored, { origin: "AWS_CLOUDHSM" })).toMatchObject({ customKeyStoreId: "", xksKeyId: "" });
  });

  test("an edited policy gives way to new choices of the policy, and to no others", () => {
    const edited = changed(NEW_KEY, { editedPolicy: "{}" });
    expect(edited.editedPolicy).toBe("{}");
    expect(changed(edited, { alias: "x", tags: [] }).editedPolicy).toBe("{}");
    expect(changed(edited, { users: ["x"] }).editedPolicy).toBeUndefined();
    expect(changed(edited, { multiRegion: true }).editedPolicy).toBeUndefined();
  });

  test("every usage has specs, and every spec an origin", () => {
    for (const keyType of ["symmetric", "asymmetric"] as const) {
      for (const usage of usagesFor(keyType)) {
        const specs = specsFor(keyType, usage);
        expect(specs.length).toBeGreaterThan(0);
        expect(specs.every((spec) => originsFor(spec)[0] === "AWS_KMS")).toBe(true);
      }
    }
    expect(specsFor("symmetric", "SIGN_VERIFY")).toEqual([]);
  });
});

describe("the steps", () => {
  test.each([
    ["add-labels", NEW_KEY, false],
    ["add-labels", NAMED, true],
    ["add-labels", { ...NAMED, tags: [{ TagKey: "", TagValue: "" }] }, false],
    ["configure-key", NEW_KEY, true],
    ["configure-key", { ...NEW_KEY, origin: "EXTERNAL" }, false],
    ["configure-key", { ...NEW_KEY, origin: "EXTERNAL", importConfirmed: true }, true],
    ["configure-key", { ...NEW_KEY, origin: "AWS_CLOUDHSM" }, false],
    ["configure-key", { ...NEW_KEY, origin: "EXTERNAL_KEY_STORE", customKeyStoreId: "cks-1" }, false],
    ["configure-key", { ...NEW_KEY, origin: "EXTERNAL_KEY_STORE", customKeyStoreId: "cks-1", xksKeyId: "k" }, true],
    ["usage-permissions", { ...NAMED, otherAccounts: ["444455556666"] }, true],
    ["usage-permissions", { ...NAMED, otherAccounts: [ACCOUNT] }, false],
    ["key-policy", { ...NAMED, editedPolicy: "{" }, false],
    ["review", NEW_KEY, true],
  ] as const)("%s of %j: %s", (step, state, complete) => {
    expect(isStepComplete(step, state, ACCOUNT)).toBe(complete);
  });

  test("nobody comes past one that is not complete", () => {
    expect(firstIncomplete(NEW_KEY, ACCOUNT)).toBe(1);
    expect(firstIncomplete(NAMED, ACCOUNT)).toBeUndefined();
    expect(stepIndex("review")).toBe(STEPS.length - 1);
    expect(stepIndex("no such step")).toBe(0);
    expect(stepIndex(undefined)).toBe(0);
  });
});

describe("the request", () => {
  test("has the policy of the choices, and nothing that was not chosen", () => {
    const request = createKeyRequest(NAMED, ACCOUNT);
    expect(request).toEqual({
      KeySpec: "SYMMETRIC_DEFAULT",
      KeyUsage: "ENCRYPT_DECRYPT",
      Origin: "AWS_KMS",
      MultiRegion: false,
      Description: "",
      Policy: policyText(NAMED, ACCOUNT),
    });
    expect(request.Policy).toContain(`arn:aws:iam::${ACCOUNT}:root`);
  });

  test("has the edited policy, tags and key store where they are", () => {
    const tags = [{ TagKey: "a", TagValue: "" }];
    const state = { ...NAMED, tags, editedPolicy: "{}", customKeyStoreId: "cks-1", xksKeyId: "k" };
    expect(createKeyRequest(state, ACCOUNT)).toMatchObject({
      Policy: "{}",
      Tags: tags,
      CustomKeyStoreId: "cks-1",
      XksKeyId: "k",
    });
  });

  test("is what the review shows", () => {
    const state = changed(NAMED, { multiRegion: true });
    expect(plannedKey(state).MultiRegionConfiguration?.MultiRegionKeyType).toBe("PRIMARY");
    expect(policyChoices(state, ACCOUNT).key.multiRegion).toBe(true);
  });
});
