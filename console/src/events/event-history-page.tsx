import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

export default function Page() {
  return (
    <ContentLayout header={<Header variant="h1">Event history</Header>}>
      <Alert type="info" header="Not to be read here yet">
        Every request is recorded in the trail of the installation, allowed or refused. Its operator finds the records
        in the folder <Box variant="code">trail</Box> of the data folder, in the form of CloudTrail.
      </Alert>
    </ContentLayout>
  );
}
