// A small setting of the page (width, open or closed) that survives a reload.
import { useCallback, useState } from 'react';

/** Name the type at the call (`useKept<boolean>`): a literal default would narrow it to itself. */
export function useKept<T extends string | number | boolean>(
  name: string,
  initial: T,
): [T, (value: T) => void] {
  const key = `proxmox-ai.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
      // The stored type was checked against the default's type.
      return typeof kept === typeof initial ? (kept as T) : initial;
    } catch {
      return initial;
    }
  });
  const keep = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // Storage can be forbidden; the setting then lasts as long as the page.
      }
    },
    [key],
  );
  return [value, keep];
}
