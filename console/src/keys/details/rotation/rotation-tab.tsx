import SpaceBetween from "@cloudscape-design/components/space-between";

import type { KeyTabProps } from "../use-key";
import { AutomaticRotationPanel } from "./automatic-rotation-panel";
import { MaterialsPanel } from "./materials-panel";
import { OnDemandRotationPanel } from "./on-demand-rotation-panel";

export default function RotationTab({ metadata, changeable }: KeyTabProps) {
  return (
    <SpaceBetween size="l">
      {metadata.Origin === "AWS_KMS" && <AutomaticRotationPanel metadata={metadata} changeable={changeable} />}
      {changeable && <OnDemandRotationPanel metadata={metadata} />}
      <MaterialsPanel metadata={metadata} changeable={changeable} />
    </SpaceBetween>
  );
}
