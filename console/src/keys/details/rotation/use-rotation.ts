import {
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
} from "@aws-sdk/client-kms";
import { useQuery } from "@tanstack/react-query";

import { useKms } from "../../../aws/kms";
import { allPages } from "../../../aws/pages";
import { useChange } from "../../../aws/use-change";
import { useRegion } from "../../../frame/region";

export function useRotationStatus(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId, "rotation"],
    queryFn: () => kms.send(new GetKeyRotationStatusCommand({ KeyId: keyId })),
  });
}

/** All materials of a key, the current one too. */
export function useMaterials(keyId: string) {
  const kms = useKms();
  return useQuery({
    queryKey: [useRegion(), "key", keyId, "materials"],
    queryFn: () =>
      allPages(async (Marker) => {
        const command = new ListKeyRotationsCommand({ KeyId: keyId, IncludeKeyMaterial: "ALL_KEY_MATERIAL", Marker });
        const answer = await kms.send(command);
        return { items: answer.Rotations, next: answer.NextMarker };
      }),
  });
}

export interface AutomaticRotation {
  readonly enabled: boolean;
  readonly days: number;
}

export function useSetRotation(keyId: string, done: () => void) {
  const kms = useKms();
  return useChange({
    change: (rotation: AutomaticRotation) => setRotation(kms, keyId, rotation),
    done: ({ enabled }) => (enabled ? "Automatic rotation is enabled." : "Automatic rotation is disabled."),
    then: done,
  });
}

async function setRotation(kms: KMSClient, keyId: string, { enabled, days }: AutomaticRotation): Promise<void> {
  if (enabled) {
    await kms.send(new EnableKeyRotationCommand({ KeyId: keyId, RotationPeriodInDays: days }));
  } else {
    await kms.send(new DisableKeyRotationCommand({ KeyId: keyId }));
  }
}

export function useRotateNow(keyId: string, done: () => void) {
  const kms = useKms();
  return useChange({
    change: () => kms.send(new RotateKeyOnDemandCommand({ KeyId: keyId })),
    done: "The key was rotated.",
    then: done,
  });
}
