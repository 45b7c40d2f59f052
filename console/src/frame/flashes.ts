import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { createContext, useContext } from "react";

export type Flash = Pick<FlashbarProps.MessageDefinition, "type" | "header" | "content">;

export interface Flashes {
  readonly items: readonly FlashbarProps.MessageDefinition[];
  readonly show: (flash: Flash) => void;
  readonly clear: () => void;
}

export const FlashContext = createContext<Flashes | undefined>(undefined);

/** The messages above the page: what was done, and what could not be. */
export function useFlashes(): Flashes {
  const flashes = useContext(FlashContext);
  if (flashes === undefined) {
    throw new Error("There is no FlashProvider above.");
  }
  return flashes;
}
