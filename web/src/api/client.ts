// The only place that talks HTTP: typed calls, CSRF token, time-outs, problem documents, event streams.
import { problemOf, unreachable } from './problem';
import { readEvents, type StreamEvent } from './sse';
import type { ChatThread, FeedName, Plan, Queries, QueryName, Rehearsal, Run, Session } from './types';

const TIMEOUT_MS = 20_000;
/** A plan of many steps takes its time on the twin, too. */
const REHEARSAL_TIMEOUT_MS = 130_000;

let csrfToken = '';
let onSignedOut: () => void = () => {};

/** Called by the session feature: remembers the token that writes must carry. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** Called once at start: what happens when the server says that the session is gone. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

interface Options {
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Event streams stay open as long as the server likes. */
  endless?: boolean;
  headers?: Record<string, string>;
  timeout_ms?: number;
}

async function send(method: string, path: string, options: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrfToken) headers['X-CSRF-Token'] = csrfToken;
  const limits = [
    options.signal,
    options.endless ? undefined : AbortSignal.timeout(options.timeout_ms ?? TIMEOUT_MS),
  ];
  const signals = limits.filter((signal): signal is AbortSignal => signal !== undefined);
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: signals.length > 0 ? AbortSignal.any(signals) : null,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable(cause);
  }
  if (!response.ok) {
    if (response.status === 401 && !path.startsWith('/api/v1/auth/')) onSignedOut();
    throw await problemOf(response);
  }
  return response;
}

async function json<T>(method: string, path: string, options?: Options): Promise<T> {
  const response = await send(method, path, options);
  // The server's OpenAPI document promises this shape; the types come from there.
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

function operationPath(name: string): string {
  return `/api/v1/${name.replace('.', '/')}`;
}

/** Asks a query operation. */
export function query<Q extends QueryName>(
  name: Q,
  input: Queries[Q]['input'],
  signal?: AbortSignal,
): Promise<Queries[Q]['output']> {
  return json('POST', operationPath(name), { body: input, signal });
}

/** What an action came to: a plan that waits, or, on the product's own data, done at once. */
export type Acted = { kind: 'plan'; plan: Plan } | { kind: 'done'; answer: unknown };

/** Wishes any action by its name; for pages that are drawn from the registry. */
export async function act(name: string, input: unknown): Promise<Acted> {
  const response = await send('POST', operationPath(name), { body: input });
  const body: unknown = response.status === 204 ? null : await response.json();
  // 202 is a plan by the OpenAPI document, whatever the operation.
  return response.status === 202 ? { kind: 'plan', plan: body as Plan } : { kind: 'done', answer: body };
}

/** Asks any query by its name; for pages that are drawn from the registry. */
export function ask(name: string, input: unknown, signal?: AbortSignal): Promise<unknown> {
  return json('POST', operationPath(name), { body: input, signal });
}

/** Opens a feed; the caller iterates until it ends or the signal aborts. */
export async function openFeed(name: FeedName, signal: AbortSignal): Promise<AsyncGenerator<StreamEvent>> {
  return openStream('POST', operationPath(name), signal, { body: {} });
}

export async function openStream(
  method: 'GET' | 'POST',
  path: string,
  signal: AbortSignal,
  options: Options = {},
): Promise<AsyncGenerator<StreamEvent>> {
  const headers = { Accept: 'text/event-stream', ...options.headers };
  const response = await send(method, path, { ...options, headers, signal, endless: true });
  return readEvents(response);
}

export const auth = {
  session: () => json<Session>('GET', '/api/v1/auth/session'),
  login: (body: { username: string; password: string; realm?: string }) =>
    json<Session>('POST', '/api/v1/auth/login', { body }),
  logout: () => json<void>('POST', '/api/v1/auth/logout'),
};

export const plans = {
  get: (id: string) => json<Plan>('GET', `/api/v1/plans/${encodeURIComponent(id)}`),
  approve: (id: string, body: { digest: string; confirm?: string }) =>
    json<{ id: string; plan_id: string; state: string } | Plan>(
      'POST',
      `/api/v1/plans/${encodeURIComponent(id)}/approve`,
      { body },
    ),
  /** Carries the plan out on a twin; the cluster is only read. */
  rehearse: (id: string) =>
    json<Rehearsal>('POST', `/api/v1/plans/${encodeURIComponent(id)}/rehearse`, {
      body: {},
      timeout_ms: REHEARSAL_TIMEOUT_MS,
    }),
  reject: (id: string) =>
    json<unknown>('POST', `/api/v1/plans/${encodeURIComponent(id)}/reject`, { body: {} }),
};

export const runs = {
  get: (id: string) => json<Run>('GET', `/api/v1/runs/${encodeURIComponent(id)}`),
  cancel: (id: string) => json<Run>('POST', `/api/v1/runs/${encodeURIComponent(id)}/cancel`, { body: {} }),
  eventsPath: (id: string) => `/api/v1/runs/${encodeURIComponent(id)}/events`,
};

export const chat = {
  threads: () => json<{ threads: ChatThread[] }>('GET', '/api/v1/chat/threads'),
  create: () => json<ChatThread>('POST', '/api/v1/chat/threads', { body: {} }),
  send: (thread: string, text: string, signal: AbortSignal) =>
    openStream('POST', `/api/v1/chat/${encodeURIComponent(thread)}/messages`, signal, { body: { text } }),
  events: (thread: string, after: number, signal: AbortSignal) =>
    openStream('GET', `/api/v1/chat/${encodeURIComponent(thread)}/events?after=${after}`, signal),
};
