/** What the browser remembers between visits: how things look, and nothing else. */
export type PreferenceName = "theme" | "customer-managed-keys-table" | "aws-managed-keys-table";

const PREFIX = "strongroom.";

export function readPreference(name: PreferenceName): unknown {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

export function writePreference(name: PreferenceName, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser that stores nothing still works; it forgets.
  }
}
