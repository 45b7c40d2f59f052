import { CreateLoginProfileCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Installation } from "./installation";
import { Visitor } from "./visitor";

const NAME = "Nobody";
const PASSWORD = "not-a-real-Password-1";

let installation: Installation;
let nobody: Visitor;

beforeAll(async () => {
  installation = await Installation.start();
  const { iam } = installation.clients();
  await iam.send(new CreateUserCommand({ UserName: NAME }));
  await iam.send(new CreateLoginProfileCommand({ UserName: NAME, Password: PASSWORD }));
  nobody = await Visitor.arrive(installation);
  await nobody.open("us-east-1/keys");
  await nobody.signIn(NAME, PASSWORD);
});

afterAll(async () => {
  await nobody.leave();
  await installation.stop();
});

test("a list that may not be read says which permission is missing, with the request id", async () => {
  await nobody.see(
    /is not authorized to perform: kms:ListKeys .*because no identity-based policy allows the kms:ListKeys action/,
  );
  await nobody.see(/Request ID: [0-9a-f-]{36}/);
  await nobody.picture("refused-list");
});

test("other lists and the wizard say so too", async () => {
  const { page } = nobody;
  await page.getByRole("link", { name: "Users and roles" }).click();
  await nobody.see(/is not authorized to perform: iam:ListUsers/);
  await page.getByRole("link", { name: "Custom key stores" }).click();
  await nobody.see(/is not authorized to perform: kms:DescribeCustomKeyStores/);
  await page.getByRole("link", { name: "Customer managed keys" }).first().click();
  await nobody.press("Create key");
  await nobody.press("Next");
  await nobody.field("Alias").fill("Forbidden");
  for (let step = 2; step < 6; step += 1) {
    await nobody.press("Next");
  }
  await nobody.press("Finish");
  await nobody.see(/is not authorized to perform: kms:CreateKey/);
  await nobody.picture("refused-create");
});

test("a list without descriptions is a list still", async () => {
  const { iam } = installation.clients();
  const policy = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["kms:ListKeys", "kms:ListAliases"], Resource: "*" }],
  };
  const command = new PutUserPolicyCommand({
    UserName: NAME,
    PolicyName: "list",
    PolicyDocument: JSON.stringify(policy),
  });
  await iam.send(command);
  await nobody.page.getByRole("link", { name: "Customer managed keys" }).first().click();
  await nobody.press("Refresh");
  await nobody.see("Demo-key");
  await nobody.see("Not readable");
  await nobody.page.getByRole("link", { name: "Demo-key" }).click();
  await nobody.see(/is not authorized to perform: kms:DescribeKey/);
  expect(nobody.complaints).toEqual([]);
});
