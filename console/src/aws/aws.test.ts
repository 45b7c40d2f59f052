import { describe, expect, test, vi } from "vitest";

import { errorText, failureLine, isSessionOver, isTransient } from "./error-text";
import { allPages } from "./pages";
import { timeText } from "./times";

describe("an error of the API", () => {
  const refused = { name: "AccessDeniedException", message: "No.", $metadata: { requestId: "id-1" } };

  test("is told as it is, with its request id", () => {
    expect(errorText(refused)).toEqual({ code: "AccessDeniedException", message: "No.", requestId: "id-1" });
    expect(failureLine(refused)).toBe("AccessDeniedException: No. Request ID: id-1");
    expect(failureLine({ name: "X", message: "Y.", $metadata: {} })).toBe("X: Y.");
    expect(isSessionOver(refused) || isTransient(refused)).toBe(false);
  });

  test.each([
    [
      { name: "KMSInternalException", message: "", $metadata: {} },
      "KMSInternalException",
      "The server gave no message.",
    ],
    [
      new TypeError("failed to fetch"),
      "NetworkError",
      "The server did not answer. Check your connection and try again.",
    ],
    [undefined, "UnknownError", "The server gave no message."],
  ])("without a message or a server is told too: %s", (error, code, message) => {
    expect(errorText(error)).toEqual({ code, message });
  });

  test("may mean that the session is over, or that it helps to ask again", () => {
    expect(isSessionOver({ name: "ExpiredTokenException", $metadata: {} })).toBe(true);
    expect(isTransient({ name: "ThrottlingException", $metadata: {} })).toBe(true);
  });
});

test("a list is read to its end", async () => {
  const read = vi.fn((marker: string | undefined) =>
    Promise.resolve(marker === undefined ? { items: [1, 2], next: "more" } : { items: undefined, next: undefined }),
  );
  expect(await allPages(read)).toEqual([1, 2]);
  expect(read.mock.calls).toEqual([[undefined], ["more"]]);
});

test("a time that is not there is a dash", () => {
  expect(timeText(undefined)).toBe("-");
  expect(timeText(new Date("2026-10-01T12:00:00"))).toBe("Oct 1, 2026, 12:00 PM");
});
