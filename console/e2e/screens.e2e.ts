import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Installation } from "./installation";
import { type Appearance, Visitor } from "./visitor";

const APPEARANCES: readonly Appearance[] = [
  { width: 1440, colorScheme: "light" },
  { width: 390, colorScheme: "light" },
  { width: 1440, colorScheme: "dark" },
  { width: 390, colorScheme: "dark" },
];
const PAGES: readonly (readonly [path: string, heading: string])[] = [
  ["aws-managed-keys", "AWS managed keys"],
  ["custom-key-stores", "Custom key stores"],
  ["event-history", "Event history"],
  ["users-and-roles", "Users and roles"],
  ["create-key", "Configure key"],
];
const TABS = ["cryptographic-configuration", "tags", "rotation", "aliases", "grants"];

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.start();
});

afterAll(() => installation.stop());

describe.each(APPEARANCES)("$width pixels, $colorScheme", (appearance) => {
  test("every page fits the screen", async () => {
    const visitor = await Visitor.arrive(installation, appearance);
    await visitor.open("us-east-1/keys");
    await visitor.signIn("CloudAcademy");
    await visitor.see("Demo-key");
    await visitor.see("SYMMETRIC_DEFAULT");
    await looksRight(visitor, "list");
    await visitor.page.getByRole("link", { name: "Demo-key" }).click();
    await visitor.heading("Key administrators");
    await looksRight(visitor, "details");
    const key = new URL(visitor.page.url()).pathname.replace(/\/policy$/, "");
    for (const tab of TABS) {
      await goTo(visitor, `${key}/${tab}`);
      await looksRight(visitor, `details-${tab}`);
    }
    for (const [path, heading] of PAGES) {
      await goTo(visitor, `/console/us-east-1/${path}`);
      await visitor.heading(heading);
      await looksRight(visitor, path);
    }
    expect(visitor.complaints).toEqual([]);
    await visitor.leave();
  });
});

/** Follows a link within the page: loading it anew would end the session. */
async function goTo(visitor: Visitor, path: string): Promise<void> {
  await visitor.page.evaluate((target) => {
    window.history.pushState({}, "", target);
    window.dispatchEvent(new PopStateEvent("popstate"));
  }, path);
  await visitor.page.waitForLoadState("networkidle");
}

async function looksRight(visitor: Visitor, name: string): Promise<void> {
  await visitor.page.waitForLoadState("networkidle");
  await visitor.picture(name);
  const overflow = await visitor.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}
