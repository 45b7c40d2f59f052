import type { FlashbarProps } from "@cloudscape-design/components/flashbar";
import { type ReactNode, useCallback, useMemo, useRef, useState } from "react";

import { type Flash, FlashContext } from "./flashes";

const MOST_SHOWN = 5;

export function FlashProvider({ children }: { readonly children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const last = useRef(0);
  const show = useCallback((flash: Flash) => {
    last.current += 1;
    const id = `flash-${last.current}`;
    const dismiss = () => setItems((shown) => shown.filter((item) => item.id !== id));
    const item: FlashbarProps.MessageDefinition = { ...flash, id, dismissible: true, onDismiss: dismiss };
    setItems((shown) => [item, ...shown].slice(0, MOST_SHOWN));
  }, []);
  const clear = useCallback(() => setItems([]), []);
  const flashes = useMemo(() => ({ items, show, clear }), [items, show, clear]);
  return <FlashContext.Provider value={flashes}>{children}</FlashContext.Provider>;
}
