import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { type Browser, chromium, type Page } from "playwright-core";

import type { Installation } from "./installation";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const SCREENSHOTS = process.env["SCREENSHOTS"];

export interface Appearance {
  readonly width: number;
  readonly colorScheme: "light" | "dark";
}

/** Somebody with a browser in front of the console; what the page complains of is kept. */
export class Visitor {
  readonly complaints: string[] = [];

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    private readonly installation: Installation,
    private readonly appearance: Appearance,
  ) {
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        this.complaints.push(message.text());
      }
    });
  }

  static async arrive(
    installation: Installation,
    appearance: Appearance = { width: 1440, colorScheme: "light" },
  ): Promise<Visitor> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    const { width, colorScheme } = appearance;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    return new Visitor(browser, page, installation, appearance);
  }

  async open(path = ""): Promise<void> {
    await this.page.goto(this.installation.announced.console_url + path);
  }

  async signIn(name: string, password = this.installation.user(name).password): Promise<void> {
    await this.field("Account ID (12 digits) or account alias").fill(this.installation.announced.account_id);
    await this.field("User name").fill(name);
    await this.field("Password").fill(password);
    await this.press("Sign in");
  }

  field(label: string) {
    return this.page.getByLabel(label, { exact: true });
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  async tick(name: string): Promise<void> {
    await this.page.getByRole("checkbox", { name }).check();
  }

  /** Waits until a text is seen. */
  async see(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  async heading(name: string): Promise<void> {
    await this.page.getByRole("heading", { name }).first().waitFor();
  }

  /** Keeps a picture where they are wanted. */
  async picture(name: string): Promise<void> {
    if (SCREENSHOTS !== undefined) {
      const { width, colorScheme } = this.appearance;
      mkdirSync(SCREENSHOTS, { recursive: true });
      await this.page.screenshot({ path: join(SCREENSHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }

  async leave(): Promise<void> {
    await this.browser.close();
  }
}
