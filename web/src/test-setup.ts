// Test environment: what the browser has and happy-dom lacks.
import { cleanup } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  localStorage.clear();
});

// A test talks to nobody: what it does not serve itself fails at once (also what a page asks after its test has ended).
globalThis.fetch = () => Promise.reject(new TypeError('no network in tests'));

class NoResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}
globalThis.ResizeObserver ??= NoResizeObserver;
// A text that grows with its lines measures itself again when fonts arrive.
if (!('fonts' in document)) Object.defineProperty(document, 'fonts', { value: new EventTarget() });
