/** Who is signed in, and with which short-lived credentials. It lives in memory only. */
export interface Session {
  readonly accountId: string;
  readonly accountAlias?: string;
  /** Absent for the root user. */
  readonly userName?: string;
  readonly arn: string;
  /** The installation's default Region. */
  readonly region: string;
  readonly regions: readonly string[];
  /** Seconds since the epoch. */
  readonly expiration: number;
  readonly credentials: Credentials;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What the top bar calls somebody: `Stuart @ 1111-2222-3333`. */
export function displayName(session: Session): string {
  return `${session.userName ?? "root"} @ ${session.accountAlias ?? groupedAccountId(session.accountId)}`;
}

/** Twelve digits in groups of four, as AWS prints them. */
export function groupedAccountId(accountId: string): string {
  return accountId.replace(/^(\d{4})(\d{4})(\d{4})$/, "$1-$2-$3");
}
