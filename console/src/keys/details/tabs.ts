import type { KeyMetadata } from "@aws-sdk/client-kms";
import { type ComponentType, lazy } from "react";

import type { DetailsTab } from "../../frame/paths";
import { isSymmetric, isSymmetricEncryption } from "../key-labels";
import type { KeyTabProps } from "./use-key";

interface Tab {
  readonly id: DetailsTab;
  readonly label: string;
  readonly isFor: (metadata: KeyMetadata) => boolean;
  readonly Content: ComponentType<KeyTabProps>;
}

const always = () => true;
const customerManaged = ({ KeyManager: manager }: KeyMetadata) => manager !== "AWS";
const hasMaterials = (metadata: KeyMetadata) =>
  isSymmetricEncryption(metadata) && (metadata.Origin === "AWS_KMS" || metadata.Origin === "EXTERNAL");

// Each is loaded when it is opened. The order is the AWS console's.
const TABS: readonly Tab[] = [
  { id: "policy", label: "Key policy", isFor: always, Content: lazy(() => import("./policy/policy-tab")) },
  {
    id: "cryptographic-configuration",
    label: "Cryptographic configuration",
    isFor: always,
    Content: lazy(() => import("./cryptographic-configuration-tab")),
  },
  { id: "tags", label: "Tags", isFor: customerManaged, Content: lazy(() => import("./tags-tab")) },
  {
    id: "rotation",
    label: "Key material and rotations",
    isFor: hasMaterials,
    Content: lazy(() => import("./rotation/rotation-tab")),
  },
  {
    id: "key-material",
    label: "Key material",
    isFor: (metadata) => metadata.Origin === "EXTERNAL" && !isSymmetricEncryption(metadata),
    Content: lazy(() => import("./rotation/single-material-tab")),
  },
  {
    id: "public-key",
    label: "Public key",
    isFor: (metadata) => !isSymmetric(metadata),
    Content: lazy(() => import("./public-key-tab")),
  },
  { id: "aliases", label: "Aliases", isFor: always, Content: lazy(() => import("./aliases-tab")) },
  {
    id: "regionality",
    label: "Regionality",
    isFor: ({ MultiRegion: multiRegion }) => multiRegion === true,
    Content: lazy(() => import("./regionality-tab")),
  },
  { id: "grants", label: "Grants", isFor: always, Content: lazy(() => import("./grants-tab")) },
];

/** The tabs that a key of this kind has. */
export function tabsOf(metadata: KeyMetadata): readonly Tab[] {
  return TABS.filter(({ isFor }) => isFor(metadata));
}
