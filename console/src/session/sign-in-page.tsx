import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { FormEvent } from "react";

import { type SignInForm, useSignInForm } from "./sign-in-form";
import type { SignInError } from "./sign-in";

import "./sign-in-page.css";

/** The page in place of every other one while nobody is signed in; the address stays. */
export function SignInPage() {
  const form = useSignInForm();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (form.complete && !form.busy) {
      void form.submit();
    }
  }
  return (
    <main className="sign-in">
      <form onSubmit={submit} className="sign-in-form">
        <SpaceBetween size="l">
          <Box variant="h1" fontSize="heading-xl" textAlign="center">
            Strongroom
          </Box>
          <Container header={<Header variant="h2">Sign in</Header>}>
            <SpaceBetween size="m">
              {form.error !== undefined && <Refusal error={form.error} />}
              <WhoFields form={form} />
              <SecretFields form={form} />
              <Button variant="primary" formAction="submit" fullWidth loading={form.busy} disabled={!form.complete}>
                Sign in
              </Button>
            </SpaceBetween>
          </Container>
        </SpaceBetween>
      </form>
    </main>
  );
}

function Refusal({ error }: { readonly error: SignInError }) {
  const asks = error.code === "MfaRequired" || error.code === "PasswordChangeRequired";
  return <Alert type={asks ? "info" : "error"}>{error.message}</Alert>;
}

function WhoFields({ form }: { readonly form: SignInForm }) {
  const { fields, set } = form;
  return (
    <SpaceBetween size="m">
      <RadioGroup
        ariaLabel="User type"
        value={fields.kind}
        onChange={({ detail }) => set({ kind: detail.value === "root" ? "root" : "iam" })}
        items={[
          { value: "iam", label: "IAM user" },
          { value: "root", label: "Root user" },
        ]}
      />
      <FormField label="Account ID (12 digits) or account alias">
        <Input
          name="account"
          autoFocus
          autoComplete="organization"
          value={fields.account}
          onChange={({ detail }) => set({ account: detail.value })}
        />
      </FormField>
      {fields.kind === "iam" && (
        <FormField label="User name">
          <Input
            name="username"
            autoComplete="username"
            value={fields.user}
            onChange={({ detail }) => set({ user: detail.value })}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}

function SecretFields({ form }: { readonly form: SignInForm }) {
  const { fields, set } = form;
  return (
    <SpaceBetween size="m">
      <FormField label="Password">
        <Input
          name="password"
          type="password"
          autoComplete="current-password"
          value={fields.password}
          onChange={({ detail }) => set({ password: detail.value })}
        />
      </FormField>
      {form.asksForCode && (
        <FormField label="MFA code">
          <Input
            name="mfa-code"
            autoFocus
            inputMode="numeric"
            autoComplete="one-time-code"
            value={fields.mfaCode}
            onChange={({ detail }) => set({ mfaCode: detail.value })}
          />
        </FormField>
      )}
      {form.asksForNewPassword && (
        <FormField label="New password">
          <Input
            name="new-password"
            type="password"
            autoComplete="new-password"
            value={fields.newPassword}
            onChange={({ detail }) => set({ newPassword: detail.value })}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
