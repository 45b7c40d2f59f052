import { useEffect, useState } from "react";

const TICK_MILLISECONDS = 1000;

/** Seconds until a time (seconds since the epoch), counted down; never below zero. */
export function useTimeLeft(expiration: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.ceil(expiration - now / 1000));
}
