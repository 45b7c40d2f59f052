import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { useState } from "react";

import { ApiFailure } from "../../../aws/api-failure";
import { readWizardPolicy } from "../../../policy/read-wizard-policy";
import type { KeyTabProps } from "../use-key";
import { wizardKeyOf } from "../wizard-key";
import { DefaultView } from "./default-view";
import { PolicyView } from "./policy-view";
import { usePolicy } from "./use-policy";

/** The policy by what it allows to whom, while it is one that the console writes, and as text. */
export default function PolicyTab({ metadata, changeable }: KeyTabProps) {
  const { KeyId: keyId = "", AWSAccountId: accountId = "" } = metadata;
  const policy = usePolicy(keyId);
  const [asText, setAsText] = useState(false);
  if (policy.isError) {
    return <ApiFailure error={policy.error} retry={() => void policy.refetch()} />;
  }
  if (policy.isPending) {
    return <Spinner size="large" />;
  }
  const choices = readWizardPolicy(policy.data, accountId, wizardKeyOf(metadata));
  if (asText || choices === undefined) {
    const back = choices && <Button onClick={() => setAsText(false)}>Switch to default view</Button>;
    return <PolicyView keyId={keyId} text={policy.data} changeable={changeable} switchButton={back} />;
  }
  return (
    <SpaceBetween size="l">
      <Header variant="h2" actions={<Button onClick={() => setAsText(true)}>Switch to policy view</Button>}>
        Key policy
      </Header>
      <DefaultView keyId={keyId} choices={choices} />
    </SpaceBetween>
  );
}
