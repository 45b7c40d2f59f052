import type { Tag } from "@aws-sdk/client-kms";

// Source: AWS KMS Developer Guide, "Tags in AWS KMS".
export const MOST_TAGS = 50;
const LONGEST_KEY = 128;
const LONGEST_VALUE = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export interface TagChanges {
  readonly added: Tag[];
  readonly removed: string[];
}

/** What has to be set and removed to come from some tags to others. */
export function tagChanges(before: readonly Tag[], after: readonly Tag[]): TagChanges {
  const values = new Map(before.map(({ TagKey: key, TagValue: value }) => [key, value]));
  const keys = new Set(after.map(({ TagKey: key }) => key));
  return {
    added: after.filter(({ TagKey: key, TagValue: value }) => values.get(key) !== value),
    removed: before.flatMap(({ TagKey: key }) => (key === undefined || keys.has(key) ? [] : [key])),
  };
}

/** Why a tag's key is not allowed; undefined where it is. */
export function tagKeyProblem(tags: readonly Tag[], index: number): string | undefined {
  const key = tags[index]?.TagKey ?? "";
  if (key === "") {
    return "Enter a tag key.";
  }
  if (key.toLowerCase().startsWith("aws:")) {
    return "A tag key may not begin with aws:.";
  }
  if (key.length > LONGEST_KEY || !CHARACTERS.test(key)) {
    return `At most ${LONGEST_KEY} letters, digits, spaces and _ . : / = + - @.`;
  }
  return tags.findIndex(({ TagKey: other }) => other === key) < index ? "This tag key is there already." : undefined;
}

export function tagValueProblem({ TagValue: value = "" }: Tag): string | undefined {
  return value.length > LONGEST_VALUE || !CHARACTERS.test(value)
    ? `At most ${LONGEST_VALUE} letters, digits, spaces and _ . : / = + - @.`
    : undefined;
}

export function areValidTags(tags: readonly Tag[]): boolean {
  return (
    tags.length <= MOST_TAGS &&
    tags.every((tag, index) => tagKeyProblem(tags, index) === undefined && tagValueProblem(tag) === undefined)
  );
}
