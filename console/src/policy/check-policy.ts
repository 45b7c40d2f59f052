import { type JsonMember, type JsonNode, NotJsonError, type Place, placeOf, readJsonTree } from "./json-tree";

/** Something about the text of a key policy. */
export interface Finding extends Place {
  /** An error is refused by the API, or can never work. */
  readonly severity: "error" | "warning";
  readonly message: string;
}

type Report = (severity: Finding["severity"], at: number, message: string) => void;

// Source: AWS KMS Developer Guide, "Overview of key policy".
const LARGEST_BYTES = 32_768;
const UNSUPPORTED = /[^\t\n\r\u0020-\u00ff]/;
const POLICY_MEMBERS = ["Version", "Id", "Statement"];
const STATEMENT_MEMBERS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

/** Finds what is wrong with the text of a key policy, in the order of the text. The server has the last word. */
export function checkPolicy(text: string): Finding[] {
  const findings: Finding[] = [];
  const report: Report = (severity, at, message) => findings.push({ severity, message, ...placeOf(text, at) });
  checkCharacters(text, report);
  try {
    checkDocument(readJsonTree(text), report);
  } catch (error) {
    if (!(error instanceof NotJsonError)) {
      throw error;
    }
    report("error", error.at, error.message);
  }
  return findings.sort((one, other) => one.line - other.line || one.column - other.column);
}

function checkCharacters(text: string, report: Report): void {
  const unsupported = UNSUPPORTED.exec(text);
  if (unsupported !== null) {
    report("error", unsupported.index, "A key policy takes only tabs, line ends and the characters of Latin-1.");
  }
  const size = new TextEncoder().encode(text).length;
  if (size > LARGEST_BYTES) {
    report("error", 0, `The policy has ${size} bytes; at most ${LARGEST_BYTES} are allowed.`);
  }
}

function checkDocument(root: JsonNode, report: Report): void {
  if (root.kind !== "object") {
    report("error", root.at, "A policy is a JSON object.");
    return;
  }
  checkMembers(root.members, POLICY_MEMBERS, report);
  checkVersion(memberOf(root.members, "Version"), root.at, report);
  checkStatements(memberOf(root.members, "Statement"), root.at, report);
}

function checkVersion(version: JsonMember | undefined, at: number, report: Report): void {
  const value = version?.value;
  if (value?.kind !== "string" || value.text !== "2012-10-17") {
    report("warning", value?.at ?? at, 'Version should be "2012-10-17".');
  }
}

function checkStatements(statements: JsonMember | undefined, at: number, report: Report): void {
  if (statements === undefined) {
    report("error", at, "A policy needs a Statement.");
    return;
  }
  const { value } = statements;
  for (const statement of value.kind === "array" ? value.entries : [value]) {
    checkStatement(statement, report);
  }
}

function checkStatement(statement: JsonNode, report: Report): void {
  if (statement.kind !== "object") {
    report("error", statement.at, "A statement is a JSON object.");
    return;
  }
  const { members, at } = statement;
  checkMembers(members, STATEMENT_MEMBERS, report);
  checkEffect(memberOf(members, "Effect"), at, report);
  if (!hasOneOf(members, "Principal", "NotPrincipal")) {
    report("error", at, "A statement of a key policy needs a Principal.");
  }
  for (const [name, opposite] of [
    ["Action", "NotAction"],
    ["Resource", "NotResource"],
  ] as const) {
    if (!hasOneOf(members, name, opposite)) {
      report("error", at, `Without ${name} the statement never matches.`);
    }
  }
  checkActions(memberOf(members, "Action"), report);
  checkPrincipal(members, report);
}

function checkEffect(effect: JsonMember | undefined, at: number, report: Report): void {
  const value = effect?.value;
  if (value?.kind !== "string" || !["Allow", "Deny"].includes(value.text)) {
    report("error", value?.at ?? at, 'Effect must be "Allow" or "Deny".');
  }
}

function checkActions(action: JsonMember | undefined, report: Report): void {
  for (const node of textsIn(action?.value)) {
    if (node.text !== "*" && !/^kms:[\w*?]+$/i.test(node.text)) {
      report("error", node.at, `${JSON.stringify(node.text)} is no action of KMS; write "kms:" and its name.`);
    }
  }
}

function checkPrincipal(members: readonly JsonMember[], report: Report): void {
  const principal = memberOf(members, "Principal")?.value;
  const effect = memberOf(members, "Effect")?.value;
  const allows = effect?.kind === "string" && effect.text === "Allow";
  const everybody = everybodyIn(principal);
  if (everybody !== undefined && allows && memberOf(members, "Condition") === undefined) {
    report("warning", everybody.at, "Everybody is allowed, in every account, without a condition.");
  }
}

function everybodyIn(principal: JsonNode | undefined): JsonNode | undefined {
  const nodes = principal?.kind === "object" ? textsIn(memberOf(principal.members, "AWS")?.value) : textsIn(principal);
  return nodes.find(({ text }) => text === "*");
}

function checkMembers(members: readonly JsonMember[], known: readonly string[], report: Report): void {
  const seen = new Set<string>();
  for (const { name, at } of members) {
    if (!known.includes(name)) {
      report("error", at, `${JSON.stringify(name)} has no meaning here.`);
    } else if (seen.has(name)) {
      report("error", at, `${name} is given twice.`);
    }
    seen.add(name);
  }
}

function hasOneOf(members: readonly JsonMember[], ...names: readonly string[]): boolean {
  return members.some(({ name }) => names.includes(name));
}

function memberOf(members: readonly JsonMember[], name: string): JsonMember | undefined {
  return members.find((member) => member.name === name);
}

function textsIn(node: JsonNode | undefined): Extract<JsonNode, { kind: "string" }>[] {
  const nodes = node?.kind === "array" ? node.entries : [node];
  return nodes.filter((entry) => entry?.kind === "string");
}

export function hasErrors(text: string): boolean {
  return checkPolicy(text).some(({ severity }) => severity === "error");
}
