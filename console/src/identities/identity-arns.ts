const ARN = /^arn:aws:iam::\d{12}:(user|role)(\/(?:.*\/)?)([^/]+)$/;

export interface NamedIdentity {
  readonly name: string;
  readonly path: string;
  readonly type: "User" | "Role" | "Deleted user" | "Deleted role";
}

/** Name, path and type in the ARN of a user or role; a bare unique id stands for one that was deleted. */
export function identityOfArn(arn: string): NamedIdentity {
  const [, kind, path = "-", name] = ARN.exec(arn) ?? [];
  if (name === undefined) {
    return { name: arn, path, type: arn.startsWith("AROA") ? "Deleted role" : "Deleted user" };
  }
  return { name, path, type: kind === "role" ? "Role" : "User" };
}
