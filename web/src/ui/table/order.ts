// Keeps rows where they are while somebody points at them: values change in place, the order waits.
import { useMemo, useRef } from 'react';

/** The order to show while it is held: known rows stay, gone rows leave, new rows go to the end. */
export function heldOrder(held: readonly string[], fresh: readonly string[]): string[] {
  const present = new Set(fresh);
  const known = new Set(held);
  return [...held.filter((id) => present.has(id)), ...fresh.filter((id) => !known.has(id))];
}

/**
 * `key` stands for what the person asked for (sort, filter): when it changes the new order is taken at once,
 * otherwise only while `hold` is false.
 */
export function useHeldOrder(fresh: readonly string[], hold: boolean, key: string): readonly string[] {
  const last = useRef<{ order: readonly string[]; key: string } | null>(null);
  return useMemo(() => {
    const keep = hold && last.current !== null && last.current.key === key;
    const order = keep && last.current ? heldOrder(last.current.order, fresh) : fresh;
    last.current = { order, key };
    return order;
  }, [fresh, hold, key]);
}
