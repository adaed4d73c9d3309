// What component tests share: the providers of the app, and a server that answers from a table.
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { vi } from 'vitest';
import type { GuestRow, Plan, Run } from '@/api';
import { SessionProvider } from '@/app/session';
import { theme } from '@/ui/theme';

export interface Answer {
  status?: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Call {
  method: string;
  path: string;
  body: unknown;
}

/** Answers requests by "METHOD path"; anything else is 404. Returns the calls that were made. */
export function serve(answers: Record<string, Answer | ((call: Call) => Answer)>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    const text = typeof init.body === 'string' ? init.body : 'null';
    const call = { method: init.method ?? 'GET', path, body: JSON.parse(text) as unknown };
    calls.push(call);
    const found = answers[`${call.method} ${path}`];
    const answer = typeof found === 'function' ? found(call) : found;
    const {
      status = 200,
      body,
      headers = {},
    } = answer ?? {
      status: 404,
      body: { title: 'not found', status: 404, code: 'not_found' },
    };
    return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
  });
  return calls;
}

export function session(role: 'viewer' | 'operator' | 'admin' = 'admin'): Record<string, Answer> {
  return { 'GET /api/v1/auth/session': { body: { user: 'admin@demo', role, csrf_token: 'token' } } };
}

/** Renders inside theme, query cache, session and a router that knows no page but this one. */
export function show(content: ReactNode) {
  const root = createRootRoute({ component: () => content, notFoundComponent: () => content });
  const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ['/'] }) });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={client}>
        <SessionProvider>
          {/* The test router has other routes than the app's, whose types are registered. */}
          <RouterProvider router={router as never} />
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

export function guest(change: Partial<GuestRow> = {}): GuestRow {
  return {
    cluster: 'demo',
    node: 'pve1',
    vmid: 101,
    name: 'web-02',
    kind: 'qemu',
    status: 'running',
    template: false,
    tags: [],
    pool: null,
    lock: null,
    ha_state: null,
    cpu: 0.1,
    cores: 2,
    memory_used_bytes: 1024 ** 3,
    memory_bytes: 2 * 1024 ** 3,
    disk_bytes: 32 * 1024 ** 3,
    uptime_s: 60,
    ...change,
  };
}

export function plan(change: Partial<Plan> = {}): Plan {
  return {
    id: 'plan-1',
    op: 'guests.stop',
    digest: 'abc',
    risk: 'disruptive',
    scope: 'cluster',
    summary: 'Stop web-02',
    state: 'proposed',
    created_by: 'admin@demo',
    created_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + 600_000).toISOString(),
    run_id: null,
    on_failure: 'continue',
    rehearsal: null,
    ruling: null,
    approvals: [],
    surface: 'web',
    thread: null,
    confirm: null,
    preflight: [],
    left_out: [],
    irreversible: [],
    steps: [
      {
        id: 's1',
        op: 'guests.stop',
        title: 'Stop web-02',
        target: 'demo/pve1/101',
        target_name: 'web-02',
        node: 'pve1',
        depends_on: [],
        along: [],
        change: [{ field: 'status', before: 'running', after: 'stopped' }],
        interruption_s: null,
        undo: true,
        risk: 'disruptive',
      },
    ],
    ...change,
  };
}

export function run(change: Partial<Run> = {}): Run {
  return {
    id: 'run-1',
    plan_id: 'plan-1',
    op: 'guests.stop',
    summary: 'Stop web-02',
    state: 'running',
    created_by: 'admin@demo',
    approved_by: 'admin@demo',
    steps: [
      {
        id: 's1',
        title: 'Stop web-02',
        op: 'guests.stop',
        target: 'demo/pve1/101',
        target_name: 'web-02',
        state: 'pending',
        upid: null,
        error: null,
        verify: null,
        started_at: null,
        finished_at: null,
      },
    ],
    started_at: '2026-01-01T00:00:00Z',
    finished_at: null,
    ...change,
  };
}
