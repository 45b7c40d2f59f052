import { afterAll, beforeAll, expect, test } from "vitest";

import { Installation } from "./installation";
import { Visitor } from "./visitor";

let installation: Installation;
let visitor: Visitor;

beforeAll(async () => {
  installation = await Installation.start();
  visitor = await Visitor.arrive(installation);
  await visitor.open();
  await visitor.signIn("Stuart");
});

afterAll(async () => {
  await visitor.leave();
  await installation.stop();
});

interface NewKey {
  readonly alias: string;
  readonly choices: readonly string[];
  readonly advanced?: readonly string[];
  readonly otherAccount?: string;
}

/** Walks through the wizard with Stuart as administrator and user, and opens the key. */
async function create({ alias, choices, advanced = [], otherAccount }: NewKey): Promise<void> {
  const { page } = visitor;
  await page.getByRole("link", { name: "Customer managed keys" }).first().click();
  await visitor.press("Create key");
  for (const choice of choices) {
    await page.getByRole("radio", { name: choice, exact: true }).check();
  }
  if (advanced.length > 0) {
    await page.getByRole("button", { name: "Advanced options" }).click();
  }
  for (const choice of advanced) {
    await page.getByRole("radio", { name: choice, exact: true }).check();
  }
  const confirmation = page.getByRole("checkbox", { name: /I understand the security/ });
  if (await confirmation.isVisible()) {
    await confirmation.check();
  }
  await visitor.press("Next");
  await visitor.field("Alias").fill(alias);
  await visitor.press("Next");
  await visitor.tick("Choose Stuart");
  await visitor.press("Next");
  await visitor.tick("Choose Stuart");
  if (otherAccount !== undefined) {
    await visitor.press("Add another AWS account");
    await page.getByRole("textbox", { name: "AWS account ID" }).fill(otherAccount);
  }
  await visitor.press("Next");
  await visitor.press("Next");
  await visitor.press("Finish");
  await visitor.see(`Your KMS key was created with alias ${alias}`);
  const link = page.getByRole("link", { name: alias, exact: true });
  const heading = page.getByRole("heading", { name: alias, exact: true });
  await link.or(heading).first().waitFor();
  if (await link.isVisible()) {
    await link.click();
  }
  await tab("Key policy");
  await visitor.heading("Key administrators (1)");
}

async function tab(name: string): Promise<void> {
  await visitor.page.getByRole("tab", { name, exact: true }).click();
}

test("a key that signs shows its public key", async () => {
  await create({ alias: "Signing", choices: ["Asymmetric", "Sign and verify", "ECC_NIST_P256"] });
  await tab("Public key");
  await visitor.see("-----BEGIN PUBLIC KEY-----");
  await visitor.picture("public-key");
  await tab("Cryptographic configuration");
  await visitor.see("ECDSA_SHA_256");
  expect(await visitor.page.getByRole("tab", { name: "Key material and rotations" }).count()).toBe(0);
});

test("an HMAC key has no statement for grants of services", async () => {
  await create({ alias: "Mac", choices: ["Generate and verify MAC", "HMAC_384"] });
  await visitor.press("Switch to policy view");
  await visitor.see("kms:VerifyMac");
  expect(await visitor.page.getByText("Allow attachment of persistent resources").count()).toBe(0);
});

test("a multi-Region key is replicated", async () => {
  await create({ alias: "Everywhere", choices: [], advanced: ["Multi-Region key"] });
  await tab("Regionality");
  await visitor.press("Create new replica keys");
  await visitor.page.getByRole("button", { name: /Choose Regions/ }).click();
  await visitor.page.getByRole("option", { name: /Ireland/ }).click();
  await visitor.page.keyboard.press("Escape");
  await visitor.page.getByRole("dialog").getByRole("button", { name: "Create new replica keys" }).click();
  await visitor.see("Replica keys were created in eu-west-1.");
  await visitor.picture("regionality");
  await visitor.page.getByRole("link", { name: /Europe \(Ireland\)/ }).click();
  await visitor.see("Multi-Region replica");
  await visitor.page.goBack();
  await visitor.see("Multi-Region primary");
});

test("a grant is created and revoked", async () => {
  const { page } = visitor;
  await create({ alias: "Granted", choices: [] });
  await tab("Grants");
  await page.getByRole("button", { name: "Create grant" }).click();
  await visitor
    .field("Grantee principal")
    .fill(`arn:aws:iam::${installation.announced.account_id}:role/DemoApplication`);
  await page.getByRole("button", { name: /Choose operations/ }).click();
  await page.getByRole("option", { name: "Decrypt", exact: true }).click();
  await page.keyboard.press("Escape");
  await page.getByRole("radio", { name: "At least these pairs" }).check();
  await visitor.press("Add pair");
  await page.getByRole("textbox", { name: "Context key" }).fill("purpose");
  await page.getByRole("textbox", { name: "Context value" }).fill("demo");
  await visitor.picture("create-grant");
  await page.getByRole("dialog").getByRole("button", { name: "Create grant" }).click();
  await visitor.see('Context contains {"purpose":"demo"}');
  await page.getByRole("radio", { name: /Choose grant/ }).check();
  await visitor.press("Revoke");
  await visitor.press("Revoke grant");
  await visitor.see("The grant was revoked.");
  await visitor.see("No grants");
});

test("another account is let in and out again", async () => {
  const other = installation.announced.demo.other_account_id;
  await create({ alias: "Shared", choices: [], otherAccount: other });
  await visitor.see(other);
  const section = visitor.page.getByRole("heading", { name: "Other AWS accounts (1)" });
  await section.waitFor();
  await visitor.page.getByRole("tabpanel").getByRole("button", { name: "Edit" }).click();
  await visitor.press(`Remove account ${other}`);
  await visitor.press("Save changes");
  await visitor.heading("Other AWS accounts (0)");
});

test("key material is wrapped in the browser and imported, deleted and imported again", async () => {
  const { page } = visitor;
  const material = { name: "material.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(32, 7) };
  await create({ alias: "Imported", choices: [], advanced: ["External (Import key material)"] });
  await tab("Key material and rotations");
  for (const round of ["first", "second"]) {
    await page.getByRole("tabpanel").getByRole("button", { name: "Import key material" }).click();
    await page.locator("input[type=file]").setInputFiles(material);
    await visitor.picture(`import-${round}`);
    await page.getByRole("dialog").getByRole("button", { name: "Import key material" }).click();
    await visitor.see("The key material was imported.");
    await visitor.see("Imported");
    await page.getByRole("radio", { name: /Choose key material/ }).check();
    await visitor.press("Delete key material");
    await visitor.tick("I confirm that I want to delete this key material, which may be unrecoverable.");
    await page.getByRole("dialog").getByRole("button", { name: "Delete key material" }).click();
    await visitor.see("The key material was deleted.");
    await visitor.see("Pending import");
  }
});

test("a policy that is no JSON is not saved, and the place is told", async () => {
  const { page } = visitor;
  await tab("Key policy");
  await visitor.press("Switch to policy view");
  await page.getByRole("tabpanel").getByRole("button", { name: "Edit", exact: true }).click();
  await page.locator(".ace_content").click();
  await page.keyboard.press("Control+End");
  await page.keyboard.type(" x");
  await visitor.see(/Line \d+, column \d+: Expected the end of the text/);
  expect(await page.getByRole("button", { name: "Save changes" }).isDisabled()).toBe(true);
  await visitor.picture("policy-with-error");
});

test("nothing broke the content security policy or threw", () => {
  expect(visitor.complaints).toEqual([]);
});
