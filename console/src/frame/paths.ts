/** Where the console is on the server. */
export const BASE = "/console";

export type DetailsTab =
  | "policy"
  | "cryptographic-configuration"
  | "rotation"
  | "key-material"
  | "public-key"
  | "tags"
  | "aliases"
  | "regionality"
  | "grants";

/** Where each page is, below the base of the console. */
export function pathsIn(region: string) {
  return {
    customerManagedKeys: `/${region}/keys`,
    awsManagedKeys: `/${region}/aws-managed-keys`,
    customKeyStores: `/${region}/custom-key-stores`,
    eventHistory: `/${region}/event-history`,
    usersAndRoles: `/${region}/users-and-roles`,
    createKey: (step?: string) => `/${region}/create-key${step === undefined ? "" : `/${step}`}`,
    key: (keyId: string, tab?: DetailsTab) => `/${region}/keys/${keyId}${tab === undefined ? "" : `/${tab}`}`,
  };
}

export type Paths = ReturnType<typeof pathsIn>;
