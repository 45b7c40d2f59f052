/** Prints JSON as GetKeyPolicy does: Jackson's default pretty printer, members in their order. */
export function printPolicy(value: unknown, indent = ""): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "[ ]" : `[ ${value.map((entry) => printPolicy(entry, indent)).join(", ")} ]`;
  }
  if (typeof value === "object" && value !== null) {
    return printObject(value, indent);
  }
  return JSON.stringify(value);
}

function printObject(value: object, indent: string): string {
  const members = Object.entries(value);
  if (members.length === 0) {
    return "{ }";
  }
  const inner = `${indent}  `;
  const lines = members.map(([name, member]) => `${inner}${JSON.stringify(name)} : ${printPolicy(member, inner)}`);
  return `{\n${lines.join(",\n")}\n${indent}}`;
}
