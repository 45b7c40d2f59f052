import { useState } from "react";

import { useSessionAccess } from "./session-context";
import { signIn, SignInError, type SignInRequest } from "./sign-in";

export type UserKind = "iam" | "root";

export interface SignInFields {
  readonly kind: UserKind;
  readonly account: string;
  readonly user: string;
  readonly password: string;
  readonly mfaCode: string;
  readonly newPassword: string;
}

export interface SignInForm {
  readonly fields: SignInFields;
  readonly set: (change: Partial<SignInFields>) => void;
  readonly error: SignInError | undefined;
  readonly asksForCode: boolean;
  readonly asksForNewPassword: boolean;
  readonly busy: boolean;
  readonly complete: boolean;
  readonly submit: () => Promise<void>;
}

const EMPTY: SignInFields = { kind: "iam", account: "", user: "", password: "", mfaCode: "", newPassword: "" };
const SPACES_AND_DASHES_IN_DIGITS = /^[\d\s-]+$/;

/** What is sent for what was typed; `1111-2222-3333` is an account ID too. */
export function requestFor(fields: SignInFields): SignInRequest {
  const account = fields.account.trim();
  return {
    account: SPACES_AND_DASHES_IN_DIGITS.test(account) ? account.replace(/\D/g, "") : account,
    password: fields.password,
    ...(fields.kind === "iam" && { user: fields.user.trim() }),
    ...(fields.mfaCode !== "" && { mfaCode: fields.mfaCode.replace(/\s/g, "") }),
    ...(fields.newPassword !== "" && { newPassword: fields.newPassword }),
  };
}

/** The state of the sign-in page: it asks for a code or a new password once the server does. */
export function useSignInForm(): SignInForm {
  const { start } = useSessionAccess();
  const [fields, setFields] = useState(EMPTY);
  const [error, setError] = useState<SignInError>();
  const [asksForCode, setAsksForCode] = useState(false);
  const [asksForNewPassword, setAsksForNewPassword] = useState(false);
  const [busy, setBusy] = useState(false);

  async function submit() {
    setBusy(true);
    setError(undefined);
    try {
      start(await signIn(requestFor(fields)));
    } catch (failure) {
      const refused = failure instanceof SignInError ? failure : new SignInError("Unexpected");
      setAsksForCode((asks) => asks || refused.code === "MfaRequired");
      setAsksForNewPassword((asks) => asks || refused.code === "PasswordChangeRequired");
      setError(refused);
      setBusy(false);
    }
  }

  const complete = isComplete(fields, asksForCode, asksForNewPassword);
  const set = (change: Partial<SignInFields>) => setFields((before) => ({ ...before, ...change }));
  return { fields, set, error, asksForCode, asksForNewPassword, busy, complete, submit };
}

function isComplete(fields: SignInFields, asksForCode: boolean, asksForNewPassword: boolean): boolean {
  const named = fields.account.trim() !== "" && (fields.kind === "root" || fields.user.trim() !== "");
  const coded = !asksForCode || fields.mfaCode !== "";
  return named && fields.password !== "" && coded && (!asksForNewPassword || fields.newPassword !== "");
}
