import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useSyncExternalStore } from "react";

import { readPreference, writePreference } from "./preferences";

export type Theme = "light" | "dark";

const PREFERENCE = "theme";
const listeners = new Set<() => void>();
let current: Theme = "light";

/** Shows the theme that was chosen before or, without a choice, the one of the system. */
export function applyChosenTheme(): void {
  const chosen = readPreference(PREFERENCE);
  const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  apply(chosen === "light" || chosen === "dark" ? chosen : system);
}

export function chooseTheme(theme: Theme): void {
  writePreference(PREFERENCE, theme);
  apply(theme);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => current);
}

function apply(theme: Theme): void {
  current = theme;
  applyMode(theme === "dark" ? Mode.Dark : Mode.Light);
  for (const notify of listeners) {
    notify();
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
