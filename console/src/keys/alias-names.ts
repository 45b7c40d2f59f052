// Source: AWS KMS API Reference, CreateAlias.
const CHARACTERS = /^[a-zA-Z0-9/_-]+$/;
const LONGEST = 250;

/** Why an alias, typed without `alias/`, is not allowed; undefined where it is. */
export function aliasProblem(text: string): string | undefined {
  if (text === "") {
    return "Enter an alias.";
  }
  if (/^aws\//i.test(text)) {
    return "An alias may not begin with aws/.";
  }
  return CHARACTERS.test(text) && text.length <= LONGEST
    ? undefined
    : `At most ${LONGEST} letters, digits, slashes (/), underscores (_) and dashes (-).`;
}
