import Wizard from "@cloudscape-design/components/wizard";
import { type ReactNode, Suspense, useState } from "react";
import { useNavigate, useParams } from "react-router";

import { failureLine } from "../../aws/error-text";
import { usePaths } from "../../frame/use-paths";
import { useSession } from "../../session/session-context";
import { AddLabels } from "./steps/add-labels";
import { AdministrativePermissions } from "./steps/administrative-permissions";
import { ConfigureKey } from "./steps/configure-key";
import { EditKeyPolicy } from "./steps/edit-key-policy";
import { Review } from "./steps/review";
import type { StepProps } from "./steps/step-props";
import { UsagePermissions } from "./steps/usage-permissions";
import { useCreateKey } from "./use-create-key";
import { changed, NEW_KEY } from "./wizard-state";
import { firstIncomplete, isStepComplete, type Step, stepIndex, STEPS } from "./wizard-steps";

const TITLES: Readonly<Record<Step, string>> = {
  "configure-key": "Configure key",
  "add-labels": "Add labels",
  "administrative-permissions": "Define key administrative permissions",
  "usage-permissions": "Define key usage permissions",
  "key-policy": "Edit key policy",
  review: "Review",
};
const OPTIONAL: readonly Step[] = ["administrative-permissions", "usage-permissions", "key-policy"];

/** The wizard; its step is in the address, so that the browser goes back by steps. */
export default function Page() {
  const [state, setState] = useState(NEW_KEY);
  const [showProblems, setShowProblems] = useState(false);
  const { accountId } = useSession();
  const { step } = useParams();
  const navigate = useNavigate();
  const paths = usePaths();
  const create = useCreateKey(state);
  const shown = Math.min(stepIndex(step), firstIncomplete(state, accountId) ?? STEPS.length);
  const props: StepProps = {
    state,
    accountId,
    showProblems,
    set: (change) => setState((before) => changed(before, change)),
    goTo: (target) => void navigate(paths.createKey(target)),
  };
  const contents: Readonly<Record<Step, ReactNode>> = {
    "configure-key": <ConfigureKey {...props} />,
    "add-labels": <AddLabels {...props} />,
    "administrative-permissions": <AdministrativePermissions {...props} />,
    "usage-permissions": <UsagePermissions {...props} />,
    "key-policy": <EditKeyPolicy {...props} />,
    review: <Review {...props} />,
  };

  function request(index: number) {
    const from = STEPS[shown];
    const mayLeave = index < shown || (from !== undefined && isStepComplete(from, state, accountId));
    setShowProblems(!mayLeave);
    const target = STEPS[index];
    if (mayLeave && target !== undefined) {
      void navigate(paths.createKey(target));
    }
  }

  return (
    <Suspense>
      <Wizard
        activeStepIndex={shown}
        submitButtonText="Finish"
        isLoadingNextStep={create.isPending}
        onNavigate={({ detail }) => request(detail.requestedStepIndex)}
        onCancel={() => void navigate(paths.customerManagedKeys)}
        onSubmit={() => create.mutate()}
        steps={STEPS.map((name) => ({
          title: TITLES[name],
          isOptional: OPTIONAL.includes(name),
          content: contents[name],
          errorText: name === "review" && create.isError ? failureLine(create.error) : undefined,
        }))}
      />
    </Suspense>
  );
}
