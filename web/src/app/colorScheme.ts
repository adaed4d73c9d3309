// Light or dark: follows the system until the person chooses, then remembers the choice.
import type { MantineColorSchemeManager } from '@mantine/core';

const KEY = 'proxmox-ai.theme';
type Scheme = 'light' | 'dark' | 'auto';

function read(fallback: Scheme): Scheme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : fallback;
  } catch {
    // Storage can be forbidden by the browser; the choice then lasts as long as the page.
    return fallback;
  }
}

/** Sets the theme before anything is drawn; a module may do that, an inline script may not (CSP). */
export function applyColorScheme(): void {
  const scheme = read('auto');
  const light =
    scheme === 'light' || (scheme === 'auto' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', light ? 'light' : 'dark');
}

export const colorSchemeManager: MantineColorSchemeManager = {
  get: (fallback) => read(fallback),
  set: (value) => {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // See above.
    }
  },
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => {
    try {
      localStorage.removeItem(KEY);
    } catch {
      // See above.
    }
  },
};
