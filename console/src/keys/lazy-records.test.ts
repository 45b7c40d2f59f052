import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { LazyRecords } from "./lazy-records";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pending() {
  const answers = new Map<string, (value: string) => void>();
  const load = vi.fn((id: string) => new Promise<string>((resolve) => answers.set(id, resolve)));
  return { load, answer: (id: string) => answers.get(id)?.(`value of ${id}`) };
}

test("a few are asked for at once, the rest as answers come", async () => {
  const { load, answer } = pending();
  const records = new LazyRecords(load);
  records.want(["a", "b", "c", "d", "e", "f", "g", "h"]);
  expect(load).toHaveBeenCalledTimes(6);
  answer("a");
  await vi.runAllTimersAsync();
  expect(load).toHaveBeenCalledTimes(7);
});

test("what is wanted last comes first", async () => {
  const { load, answer } = pending();
  const records = new LazyRecords(load);
  records.want(["a", "b", "c", "d", "e", "f", "g"]);
  records.want(["seen"]);
  answer("a");
  await vi.runAllTimersAsync();
  expect(load).toHaveBeenLastCalledWith("seen");
});

test("nothing is asked for twice, and what arrives is published together", async () => {
  const load = vi.fn((id: string) => Promise.resolve(id.toUpperCase()));
  const records = new LazyRecords(load);
  const published = vi.fn();
  records.subscribe(published);
  records.want(["a", "b"]);
  records.want(["a", "b"]);
  await vi.runAllTimersAsync();
  records.want(["a", "b"]);
  expect(load).toHaveBeenCalledTimes(2);
  expect(published).toHaveBeenCalledTimes(1);
  expect(records.snapshot().get("a")).toEqual({ state: "loaded", value: "A" });
});

test("a failure is a record too", async () => {
  const error = new Error("no");
  const records = new LazyRecords(() => Promise.reject(error));
  records.want(["a"]);
  await vi.runAllTimersAsync();
  expect(records.snapshot().get("a")).toEqual({ state: "failed", error });
});

test("what is forgotten is asked for again, and a late answer to the first question is dropped", async () => {
  const { load, answer } = pending();
  const records = new LazyRecords(load);
  records.want(["a"]);
  records.forget(["a"]);
  answer("a");
  await vi.runAllTimersAsync();
  expect(records.snapshot().size).toBe(0);
  records.want(["a"]);
  answer("a");
  await vi.runAllTimersAsync();
  expect(load).toHaveBeenCalledTimes(2);
  expect(records.snapshot().size).toBe(1);
});
