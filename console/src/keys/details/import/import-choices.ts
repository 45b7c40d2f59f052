import type { AlgorithmSpec, ImportKeyMaterialRequest, ImportType, WrappingKeySpec } from "@aws-sdk/client-kms";

/** What is chosen to import key material. */
export interface ImportChoices {
  /** Whether this browser wraps the material, or it is wrapped already. */
  readonly wrapsHere: boolean;
  readonly wrappingKeySpec: WrappingKeySpec;
  readonly algorithm: AlgorithmSpec;
  readonly material: File | undefined;
  readonly token: File | undefined;
  readonly expires: boolean;
  /** `YYYY-MM-DD` in the zone of the device; the material expires when the day is over. */
  readonly lastDay: string;
  readonly description: string;
  /** Undefined where the API finds it out by itself. */
  readonly importType: ImportType | undefined;
}

export const LONGEST_DAYS = 365;

/** The moment after a day; undefined for what is no date. */
export function endOfDay(day: string): Date | undefined {
  const [year, month, date] = day.split("-").map(Number);
  const end = new Date(year ?? NaN, (month ?? NaN) - 1, (date ?? NaN) + 1);
  return Number.isNaN(end.getTime()) ? undefined : end;
}

/** Whether a day may be the last one: it is not over, and not more than a year away. */
export function isAllowedDay(day: string, now: Date): boolean {
  const end = endOfDay(day)?.getTime() ?? NaN;
  return end > now.getTime() && end <= now.getTime() + LONGEST_DAYS * 86_400_000;
}

export function isComplete(choices: ImportChoices, now: Date): boolean {
  const files = choices.material !== undefined && (choices.wrapsHere || choices.token !== undefined);
  return files && (!choices.expires || isAllowedDay(choices.lastDay, now));
}

/** The request for wrapped material and the token that belongs to its wrapping key. */
export function importRequest(
  keyId: string,
  choices: ImportChoices,
  material: Uint8Array,
  token: Uint8Array,
): ImportKeyMaterialRequest {
  return {
    KeyId: keyId,
    ImportToken: token,
    EncryptedKeyMaterial: material,
    ...expiration(choices),
    ...(choices.description !== "" && { KeyMaterialDescription: choices.description }),
    ...(choices.importType !== undefined && { ImportType: choices.importType }),
  };
}

function expiration({
  expires,
  lastDay,
}: ImportChoices): Pick<ImportKeyMaterialRequest, "ExpirationModel" | "ValidTo"> {
  return expires
    ? { ExpirationModel: "KEY_MATERIAL_EXPIRES", ValidTo: endOfDay(lastDay) }
    : { ExpirationModel: "KEY_MATERIAL_DOES_NOT_EXPIRE" };
}
