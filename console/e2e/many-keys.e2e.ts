import { CreateAliasCommand, CreateKeyCommand } from "@aws-sdk/client-kms";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Installation } from "./installation";
import { Visitor } from "./visitor";

// More than a page of ListKeys. MANY_KEYS=5000 takes a minute or two to prepare.
const MANY = Number(process.env["MANY_KEYS"] ?? 1200);
const AT_ONCE = 8;
const MOST_MILLISECONDS = 200;

let installation: Installation;
let visitor: Visitor;

beforeAll(async () => {
  installation = await Installation.start();
  const { kms } = installation.clients();
  const make = async (first: number) => {
    for (let index = first; index < MANY; index += AT_ONCE) {
      const { KeyMetadata: metadata } = await kms.send(new CreateKeyCommand({ Description: `Key ${index}` }));
      const AliasName = `alias/many-${String(index).padStart(4, "0")}`;
      await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: metadata?.KeyId }));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => make(first)));
  visitor = await Visitor.arrive(installation);
  await visitor.open("us-east-1/keys");
  await visitor.signIn("Stuart");
}, 600_000);

afterAll(async () => {
  await visitor.leave();
  await installation.stop();
});

/** The longest task of scripts while something is done. */
async function longestTask(act: () => Promise<void>): Promise<number> {
  const { page } = visitor;
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { longTasks: tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
    });
  });
  await act();
  await page.waitForTimeout(500);
  return page.evaluate(() => Math.max(0, ...(window as unknown as { longTasks: number[] }).longTasks));
}

test("all keys are counted", async () => {
  await visitor.heading(`Customer managed keys (${MANY + 1})`);
  await visitor.see("Demo-key");
});

test("turning pages and looking up take little time", async () => {
  const { page } = visitor;
  const paging = await longestTask(async () => {
    await page.getByRole("button", { name: "Next page" }).first().click();
    await visitor.see("many-0019");
  });
  const lookup = await longestTask(async () => {
    await page.getByRole("combobox", { name: "Filter keys" }).fill("many-0777");
    await page.keyboard.press("Enter");
    await visitor.see(/1 match/);
  });
  console.log(`${MANY} keys: paging ${paging} ms, lookup ${lookup} ms of script at most in one task`);
  expect(Math.max(paging, lookup)).toBeLessThan(MOST_MILLISECONDS);
});

test("a filter on what only DescribeKey tells reads all keys", async () => {
  await visitor.press("Clear filters");
  await visitor.page.getByRole("button", { name: "Next page" }).first().click();
  await visitor.see("many-0019");
  await visitor.page.getByRole("combobox", { name: "Filter keys" }).fill("Description : Key 1");
  await visitor.page.keyboard.press("Enter");
  await visitor.page.getByText("keys still to be read").first().waitFor({ state: "hidden", timeout: 100_000 });
  await visitor.see("many-0001");
});
