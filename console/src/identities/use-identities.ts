import { ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { useQuery } from "@tanstack/react-query";

import { useIam } from "../aws/iam";
import { allPages } from "../aws/pages";

/** A user or a role of the account. */
export interface Identity {
  readonly name: string;
  readonly path: string;
  readonly type: "User" | "Role";
  readonly arn: string;
  readonly created: Date | undefined;
}

const A_PAGE = 1000;

/** Users and roles of the account; each of the lists may be refused alone. */
export function useIdentities() {
  const users = useUsers();
  const roles = useRoles();
  return {
    identities: [...(users.data ?? []), ...(roles.data ?? [])],
    loading: users.isPending || roles.isPending,
    errors: [users.error, roles.error].filter((error) => error !== null),
    refresh: () => {
      void users.refetch();
      void roles.refetch();
    },
  };
}

function useUsers() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "users"],
    queryFn: () =>
      allPages<Identity>(async (Marker) => {
        const { Users: users = [], Marker: next } = await iam.send(new ListUsersCommand({ MaxItems: A_PAGE, Marker }));
        const items = users.map((user) => identity("User", user.UserName, user.Path, user.Arn, user.CreateDate));
        return { items, next };
      }),
  });
}

function useRoles() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "roles"],
    queryFn: () =>
      allPages<Identity>(async (Marker) => {
        const { Roles: roles = [], Marker: next } = await iam.send(new ListRolesCommand({ MaxItems: A_PAGE, Marker }));
        const items = roles.map((role) => identity("Role", role.RoleName, role.Path, role.Arn, role.CreateDate));
        return { items, next };
      }),
  });
}

function identity(type: Identity["type"], name = "", path = "/", arn = "", created?: Date): Identity {
  return { type, name, path, arn, created };
}
