import { beforeEach, expect, test, vi } from "vitest";

import { breadcrumbs } from "./breadcrumbs";
import { pathsIn } from "./paths";
import { readPreference, writePreference } from "./preferences";
import { inRegion } from "./region";
import { regionName } from "./region-names";

beforeEach(() => localStorage.clear());

test("paths name the Region, so that links do", () => {
  const paths = pathsIn("eu-west-1");
  expect(paths.key("k", "tags")).toBe("/eu-west-1/keys/k/tags");
  expect(paths.key("k")).toBe("/eu-west-1/keys/k");
  expect(paths.createKey("review")).toBe("/eu-west-1/create-key/review");
  expect(paths.createKey()).toBe("/eu-west-1/create-key");
});

test("another Region has the same lists, but not the same keys", () => {
  expect(inRegion("/us-east-1/aws-managed-keys", "eu-west-1")).toBe("/eu-west-1/aws-managed-keys");
  expect(inRegion("/us-east-1/keys/k/tags", "eu-west-1")).toBe("/eu-west-1/keys");
  expect(inRegion("/us-east-1", "eu-west-1")).toBe("/eu-west-1/keys");
});

test.each([
  ["/r/keys", ["KMS", "Customer managed keys"]],
  ["/r/keys/k/tags", ["KMS", "Customer managed keys", "Key ID: k"]],
  ["/r/create-key/review", ["KMS", "Customer managed keys", "Create key"]],
  ["/r/nowhere", ["KMS", "Page not found"]],
])("the way to %s", (path, texts) => {
  expect(breadcrumbs(path).map(({ text }) => text)).toEqual(texts);
});

test("preferences are remembered, and a browser that stores nothing does not break the page", () => {
  writePreference("theme", "dark");
  expect(readPreference("theme")).toBe("dark");
  localStorage.setItem("strongroom.theme", "{");
  expect(readPreference("theme")).toBeNull();
  vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
    throw new Error("full");
  });
  expect(() => writePreference("theme", "light")).not.toThrow();
});

test("a Region that nobody named is called by its id", () => {
  expect(regionName("eu-west-1")).toBe("Europe (Ireland)");
  expect(regionName("xx-new-1")).toBe("xx-new-1");
});
