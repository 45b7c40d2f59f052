import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

interface NoKeysProps {
  readonly title: string;
  readonly text: string;
  readonly action?: ReactNode;
}

/** What an empty table says: why, and what to do. */
export function NoKeys({ title, text, action }: NoKeysProps) {
  return (
    <Box textAlign="center" margin={{ vertical: "xs" }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        <Box color="text-body-secondary">{text}</Box>
        {action}
      </SpaceBetween>
    </Box>
  );
}

export function NoMatch({ clear }: { readonly clear: () => void }) {
  return (
    <NoKeys
      title="No matches"
      text="No key passes this filter."
      action={<Button onClick={clear}>Clear filter</Button>}
    />
  );
}
