import type { BreadcrumbGroupProps } from "@cloudscape-design/components/breadcrumb-group";

const SECTIONS: Readonly<Record<string, string>> = {
  keys: "Customer managed keys",
  "aws-managed-keys": "AWS managed keys",
  "custom-key-stores": "Custom key stores",
  "event-history": "Event history",
  "users-and-roles": "Users and roles",
};

/** The way from the home page to a path, as links below the console's base. */
export function breadcrumbs(path: string): BreadcrumbGroupProps.Item[] {
  const [, region = "", section = "keys", page] = path.split("/");
  const home = { text: "KMS", href: `/${region}/keys` };
  if (section === "create-key") {
    return [home, { text: "Customer managed keys", href: `/${region}/keys` }, { text: "Create key", href: path }];
  }
  const list = { text: SECTIONS[section] ?? "Page not found", href: `/${region}/${section}` };
  return page === undefined ? [home, list] : [home, list, { text: `Key ID: ${page}`, href: `/${region}/keys/${page}` }];
}
