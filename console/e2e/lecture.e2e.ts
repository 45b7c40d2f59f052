import { afterAll, beforeAll, expect, test } from "vitest";

import { Installation } from "./installation";
import { Visitor } from "./visitor";

let installation: Installation;
let stuart: Visitor;

beforeAll(async () => {
  installation = await Installation.start();
  stuart = await Visitor.arrive(installation);
});

afterAll(async () => {
  await stuart.leave();
  await installation.stop();
});

test("a wrong password is refused, the right one leads to the page that was asked for", async () => {
  await stuart.open("us-east-1/aws-managed-keys");
  await stuart.signIn("Stuart", "not the password");
  await stuart.see("Your authentication information is incorrect. Please try again.");
  await stuart.picture("sign-in");
  await stuart.field("Password").fill(installation.user("Stuart").password);
  await stuart.press("Sign in");
  await stuart.heading("AWS managed keys");
});

test("the AWS managed keys are listed, and nothing can be done to them", async () => {
  for (const alias of ["aws/ebs", "aws/lambda", "aws/rds"]) {
    await stuart.see(alias);
  }
  await stuart.picture("aws-managed-keys");
  await stuart.page.getByRole("link", { name: "aws/ebs" }).click();
  await stuart.heading("General configuration");
  await stuart.see("auto-ebs-2");
  expect(await stuart.page.getByRole("button", { name: /Key actions|Edit|Add|Create|Rotate/ }).count()).toBe(0);
  await stuart.picture("aws-managed-key");
});

test("a key is created through all steps", async () => {
  const { page } = stuart;
  await page.getByRole("link", { name: "Customer managed keys" }).first().click();
  await stuart.see("Demo-key");
  await stuart.see("SYMMETRIC_DEFAULT");
  await stuart.picture("customer-managed-keys");
  await stuart.press("Create key");
  await stuart.picture("wizard-1-configure-key");
  await stuart.press("Next");
  await stuart.press("Next");
  await stuart.see("Enter an alias.");
  await stuart.field("Alias").fill("NewKey");
  await stuart.press("Add tag");
  await page.getByPlaceholder("Enter a tag key").fill("Team");
  await stuart.picture("wizard-2-add-labels");
  await stuart.press("Next");
  await stuart.tick("Choose CloudAcademy");
  await stuart.tick("Choose Stuart");
  await stuart.picture("wizard-3-administrative-permissions");
  await stuart.press("Next");
  await stuart.tick("Choose Stuart");
  await stuart.picture("wizard-4-usage-permissions");
  await stuart.press("Next");
  for (const sid of [
    "Enable IAM User Permissions",
    "Allow access for Key Administrators",
    "Allow use of the key",
    "Allow attachment of persistent resources",
  ]) {
    await stuart.see(sid);
  }
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await stuart.see("No errors in the text");
  await stuart.picture("wizard-5-key-policy");
  await page.goBack();
  await stuart.heading("Define key usage permissions");
  await page.goForward();
  await stuart.press("Next");
  await stuart.heading("Alias, description and tags");
  await stuart.picture("wizard-6-review");
  await stuart.press("Finish");
  await stuart.see("Your KMS key was created with alias NewKey");
  await page.getByRole("link", { name: "NewKey", exact: true }).waitFor();
});

test("its tabs can be read", async () => {
  const { page } = stuart;
  await page.getByRole("link", { name: "NewKey", exact: true }).click();
  await stuart.heading("Key administrators (2)");
  await stuart.picture("key-policy");
  await stuart.press("Switch to policy view");
  await stuart.see("key-consolepolicy-3");
  await stuart.picture("key-policy-json");
  for (const [tab, text] of [
    ["Cryptographic configuration", "Encryption algorithms"],
    ["Tags", "Team"],
    ["Key material and rotations", "25 of 25 on-demand rotations are left."],
    ["Aliases", "Alias ARN"],
    ["Grants", "No grants"],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click();
    await stuart.see(text);
    await stuart.picture(`key-${tab.toLowerCase().replaceAll(" ", "-")}`);
  }
});

test("it can be changed: tag, rotation, grant, state, deletion", async () => {
  const { page } = stuart;
  await page.getByRole("tab", { name: "Tags" }).click();
  await page.getByRole("tabpanel").getByRole("button", { name: "Edit" }).click();
  await stuart.press("Add tag");
  await page.getByPlaceholder("Enter a tag key").nth(1).fill("Stage");
  await page.getByPlaceholder("Enter a tag value").nth(1).fill("Test");
  await stuart.press("Save changes");
  await stuart.see("The tags were changed.");
  await page.getByRole("tab", { name: "Key material and rotations" }).click();
  await page.getByRole("tabpanel").getByRole("button", { name: "Edit" }).click();
  await page.getByRole("radio", { name: "Enable" }).check();
  await stuart.press("Save");
  await stuart.see("Automatic rotation is enabled.");
  await act(stuart, "Disable");
  await stuart.tick("I confirm that I want to disable this key.");
  await stuart.picture("disable");
  await stuart.press("Disable key");
  await stuart.see(/Key .* is disabled\./);
  await act(stuart, "Enable");
  await stuart.see(/Key .* is enabled\./);
  await act(stuart, "Schedule key deletion");
  await stuart.field("Waiting period (in days)").fill("7");
  await stuart.tick("Confirm you want to schedule this key for deletion in 7 days.");
  await stuart.picture("schedule-deletion");
  await stuart.press("Schedule deletion");
  await stuart.see("Deletion date");
  await act(stuart, "Cancel key deletion");
  await stuart.see(/is no longer scheduled for deletion/);
});

test("nothing broke the content security policy or threw", () => {
  expect(stuart.complaints).toEqual([]);
});

test("signing out forgets everything", async () => {
  const { page } = stuart;
  await page.getByRole("button", { name: /Stuart @/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await stuart.heading("Sign in");
  const stored = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(stored).not.toMatch(/AKIA|ASIA|secret|token/i);
});

async function act(visitor: Visitor, action: string): Promise<void> {
  await visitor.press("Key actions");
  await visitor.page.getByRole("menuitem", { name: action, exact: true }).click();
}
