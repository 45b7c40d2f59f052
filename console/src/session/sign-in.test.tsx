import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";

import { displayName, type Session } from "./session";
import { useSessionAccess } from "./session-context";
import { SessionProvider } from "./session-provider";
import { signIn } from "./sign-in";
import { requestFor } from "./sign-in-form";
import { SignInPage } from "./sign-in-page";

const SESSION: Session = {
  accountId: "111122223333",
  userName: "Stuart",
  arn: "arn:aws:iam::111122223333:user/Stuart",
  region: "us-east-1",
  regions: ["us-east-1"],
  expiration: 4_000_000_000,
  credentials: { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "not-a-secret", sessionToken: "not-a-token" },
};
const REQUEST = { account: "111122223333", user: "Stuart", password: "not-a-password" };

afterEach(cleanup);

function answer(status: number, body: unknown) {
  return vi.spyOn(globalThis, "fetch").mockImplementation(() => Promise.resolve(Response.json(body, { status })));
}

describe("signing in", () => {
  test("posts JSON without cookies and gives the session", async () => {
    const fetched = answer(200, SESSION);
    await expect(signIn(REQUEST)).resolves.toEqual(SESSION);
    const [address, options] = fetched.mock.calls[0] ?? [];
    expect(address).toBe("/console/sign-in");
    expect(options).toMatchObject({ method: "POST", credentials: "omit", body: JSON.stringify(REQUEST) });
  });

  test.each([
    [401, { error: "InvalidSignIn", message: "As the server says." }, "InvalidSignIn", "As the server says."],
    [401, { error: "MfaRequired" }, "MfaRequired", "Enter the code from your MFA device."],
    [429, { error: "TooManyAttempts" }, "TooManyAttempts", "Too many sign-in attempts"],
    [500, { error: "Strange" }, "Unexpected", "could not be read"],
    [200, { accountId: 1 }, "Unexpected", "could not be read"],
    [500, null, "Unexpected", "could not be read"],
  ])("with status %i and %j fails as %s", async (status, body, code, words) => {
    answer(status, body);
    const failure = await signIn(REQUEST).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Error).message).toContain(words);
  });

  test("tells when there is no server, and when it does not speak JSON", async () => {
    vi.spyOn(globalThis, "fetch").mockRejectedValueOnce(new TypeError("failed"));
    await expect(signIn(REQUEST)).rejects.toMatchObject({ code: "Unreachable" });
    vi.spyOn(globalThis, "fetch").mockResolvedValueOnce(new Response("<html>"));
    await expect(signIn(REQUEST)).rejects.toMatchObject({ code: "Unexpected" });
  });
});

describe("what is sent", () => {
  const fields = {
    kind: "iam" as const,
    account: " 1111-2222-3333 ",
    user: " Stuart ",
    password: " p ",
    mfaCode: "",
    newPassword: "",
  };

  test("is trimmed, but for the password", () => {
    expect(requestFor(fields)).toEqual({ account: "111122223333", user: "Stuart", password: " p " });
    expect(requestFor({ ...fields, account: "my-alias-1" }).account).toBe("my-alias-1");
  });

  test("names no user for the root user, and has code and new password once they are there", () => {
    const request = requestFor({ ...fields, kind: "root", mfaCode: "123 456", newPassword: "n" });
    expect(request).toEqual({ account: "111122223333", password: " p ", mfaCode: "123456", newPassword: "n" });
  });
});

function WhoIsThere() {
  const { session } = useSessionAccess();
  return session === undefined ? <SignInPage /> : <p>{displayName(session)}</p>;
}

async function fillIn() {
  const user = userEvent.setup();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SessionProvider>
        <WhoIsThere />
      </SessionProvider>
    </QueryClientProvider>,
  );
  await user.type(screen.getByLabelText("Account ID (12 digits) or account alias"), "111122223333");
  await user.type(screen.getByLabelText("User name"), "Stuart");
  await user.type(screen.getByLabelText("Password"), "not-a-password{Enter}");
  return user;
}

describe("the page", () => {
  test("leads on with the session", async () => {
    answer(200, SESSION);
    await fillIn();
    await screen.findByText("Stuart @ 1111-2222-3333");
  });

  test("asks for the code once the server does, and keeps what was typed", async () => {
    answer(401, { error: "MfaRequired" });
    const user = await fillIn();
    const code = await screen.findByLabelText("MFA code");
    const fetched = answer(200, { ...SESSION, accountAlias: "mine" });
    await user.type(code, "123456{Enter}");
    await screen.findByText("Stuart @ mine");
    expect(fetched.mock.calls.at(-1)?.[1]?.body).toBe(
      JSON.stringify({ account: "111122223333", password: "not-a-password", user: "Stuart", mfaCode: "123456" }),
    );
  });

  test("asks for a new password once the server does", async () => {
    answer(401, { error: "PasswordChangeRequired" });
    await fillIn();
    await screen.findByLabelText("New password");
  });

  test("tells why somebody was refused", async () => {
    answer(401, { error: "InvalidSignIn", message: "Your authentication information is incorrect. Please try again." });
    await fillIn();
    await screen.findByText(/Your authentication information is incorrect/);
  });
});
