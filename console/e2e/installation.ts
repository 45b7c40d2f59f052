import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { IAMClient } from "@aws-sdk/client-iam";
import { KMSClient } from "@aws-sdk/client-kms";

export interface User {
  readonly user_name: string;
  readonly password: string;
}

interface Announcement {
  readonly endpoint: string;
  readonly account_id: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly console_url: string;
  readonly console_password: string;
  readonly demo: { readonly users: readonly User[]; readonly other_account_id: string };
}

const ROOT = join(import.meta.dirname, "../..");
const PYTHON = process.env["STRONGROOM_PYTHON"] ?? "python3";

/** A development installation of its own on a free port, served until it is stopped. */
export class Installation {
  private constructor(
    readonly announced: Announcement,
    private readonly server: ChildProcess,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Installation> {
    const folder = mkdtempSync(join(tmpdir(), "strongroom-console-"));
    const listen = `127.0.0.1:${await freePort()}`;
    const options = ["-m", "strongroom", "dev", "--json", "--data", folder, "--listen", listen, "--workers", "1"];
    const environment = { ...process.env, PYTHONPATH: join(ROOT, "src") };
    const server = spawn(PYTHON, options, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    return new Installation(await announcement(server), server, folder);
  }

  user(name: string): User {
    const found = this.announced.demo.users.find(({ user_name: each }) => each === name);
    if (found === undefined) {
      throw new Error(`The demo account has no user ${name}.`);
    }
    return found;
  }

  /** Clients of the root user, to prepare what the console is to show. */
  clients(): { readonly iam: IAMClient; readonly kms: KMSClient } {
    const { endpoint, access_key_id: accessKeyId, secret_access_key: secretAccessKey } = this.announced;
    const configuration = { endpoint, region: "us-east-1", credentials: { accessKeyId, secretAccessKey } };
    return { iam: new IAMClient(configuration), kms: new KMSClient(configuration) };
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.server.once("exit", resolve));
    this.server.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true });
  }
}

/** Reads the JSON object that the server prints once it answers. */
function announcement(server: ChildProcess): Promise<Announcement> {
  return new Promise((resolve, reject) => {
    let text = "";
    server.once("exit", (code) => reject(new Error(`The server ended with ${code ?? "a signal"}.`)));
    server.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.trimEnd().endsWith("\n}")) {
        resolve(JSON.parse(text) as Announcement);
      }
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
