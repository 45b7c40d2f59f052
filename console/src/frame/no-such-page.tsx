import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";

export function NoSuchPage() {
  return (
    <Box padding="l">
      <Alert type="warning" header="Page not found">
        The address names no page of this console.
      </Alert>
    </Box>
  );
}
