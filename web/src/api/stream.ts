// Keeps an event stream alive: reconnects with growing pauses, resumes after the last id, rests while the tab is hidden.
//
// Browsers allow six connections per origin over HTTP/1.1. A hidden tab that keeps three streams would starve the
// next tab, so streams close when nobody looks and come back with a replay when somebody does.
import { ApiError } from './problem';
import type { StreamEvent } from './sse';

export type StreamState = 'connecting' | 'live' | 'waiting' | 'ended' | 'refused';

export interface StreamOptions {
  open: (lastId: string | null, signal: AbortSignal) => Promise<AsyncGenerator<StreamEvent>>;
  onEvent: (event: StreamEvent) => void;
  onState?: (state: StreamState) => void;
  /** True when the stream is complete and must not be opened again. */
  isLast?: (event: StreamEvent) => boolean;
  /** The id after which the first connection starts. */
  after?: string | null;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
// A client error will not go away by asking again.
const isFinal = (error: unknown) =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;

/** Starts the stream; the returned function stops it for good. */
export function keepStream(options: StreamOptions): () => void {
  const stop = new AbortController();
  let lastId = options.after ?? null;
  let connection: AbortController | null = null;

  const onVisibility = () => {
    if (document.hidden) connection?.abort();
  };
  document.addEventListener('visibilitychange', onVisibility);

  const run = async () => {
    let pause_ms = FIRST_PAUSE_MS;
    while (!stop.signal.aborted) {
      await whenVisible(stop.signal);
      if (stop.signal.aborted) return;
      connection = new AbortController();
      const signal = AbortSignal.any([stop.signal, connection.signal]);
      try {
        options.onState?.('connecting');
        const events = await options.open(lastId, signal);
        options.onState?.('live');
        for await (const event of events) {
          pause_ms = FIRST_PAUSE_MS;
          if (event.id !== null) lastId = event.id;
          options.onEvent(event);
          if (options.isLast?.(event)) {
            options.onState?.('ended');
            connection.abort();
            return;
          }
        }
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!connection.signal.aborted && isFinal(error)) {
          options.onState?.('refused');
          return;
        }
      }
      if (stop.signal.aborted) return;
      options.onState?.('waiting');
      await pause(pause_ms, stop.signal);
      pause_ms = Math.min(pause_ms * 2, LONGEST_PAUSE_MS);
    }
  };
  void run();

  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    stop.abort();
  };
}

function pause(duration_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, duration_ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function whenVisible(signal: AbortSignal): Promise<void> {
  if (!document.hidden || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', done);
      resolve();
    };
    document.addEventListener('visibilitychange', done);
    signal.addEventListener('abort', done);
  });
}
