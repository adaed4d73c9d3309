// Schedules and runbooks: what comes when, what became of it, and changes that are made through their operations.
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PlanFlowProvider } from '@/features/runs';
import { plan, serve, session, show } from '@/test-support';
import { RunbookContent } from './RunbookPage';
import { ScheduleContent } from './SchedulePage';

const detail = {
  id: 'sch_1',
  name: 'nightly',
  enabled: true,
  what: 'guests.reboot',
  does: { operation: { op: 'guests.reboot', input: { guests: ['web-02'] } } },
  calendar: 'mon..fri 02:30',
  time_zone: 'Europe/Berlin',
  windows: ['sat,sun 01:00-05:00'],
  jitter_s: 120,
  missed: 'skip',
  by: 'admin@demo',
  note: null,
  next_at: new Date(Date.now() + 3_600_000).toISOString(),
  next_times: [],
  firings: [
    {
      due_at: new Date(Date.now() - 60_000).toISOString(),
      fired_at: new Date().toISOString(),
      outcome: 'waits',
      text: 'reboot web-02: waits for a person',
      plan_id: 'plan-1',
      run_id: null,
    },
  ],
};
const SHOW = 'POST /api/v1/schedules/show';

const bodies = (calls: { path: string; body: unknown }[], op: string) =>
  calls.filter(({ path }) => path === `/api/v1/${op}`).map(({ body }) => body);

describe('a schedule', () => {
  it('says what it wishes for, when it may come, and what became of its last time', async () => {
    serve({ ...session(), [SHOW]: { body: detail } });
    show(<ScheduleContent name="nightly" />);
    expect(await screen.findByText('mon..fri 02:30')).toBeTruthy();
    expect(screen.getByText('sat,sun 01:00-05:00')).toBeTruthy();
    expect(screen.getByText('up to 2 min later')).toBeTruthy();
    expect(screen.getByText('web-02')).toBeTruthy();
    const row = screen.getByText('reboot web-02: waits for a person').closest('li');
    expect(row?.textContent).toMatch(/^waits for consent/);
    expect(row?.querySelector('a')?.getAttribute('href')).toBe('/plans/plan-1');
  });

  it('shows the plan of a run now before anything is done', async () => {
    const calls = serve({
      ...session(),
      [SHOW]: { body: detail },
      'POST /api/v1/schedules/run': { status: 202, body: plan() },
      'GET /api/v1/plans/plan-1': { body: plan() },
    });
    show(
      <PlanFlowProvider>
        <ScheduleContent name="nightly" />
      </PlanFlowProvider>,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Run now' }));
    expect(await screen.findByRole('button', { name: 'Reject' })).toBeTruthy();
    expect(bodies(calls, 'schedules/run')).toEqual([{ schedule: 'nightly' }]);
  });

  it('is switched off, and deleted only when that is said twice', async () => {
    const calls = serve({
      ...session(),
      [SHOW]: { body: detail },
      'POST /api/v1/schedules/set': { body: {} },
      'POST /api/v1/schedules/delete': { body: {} },
    });
    show(<ScheduleContent name="nightly" />);
    fireEvent.click(await screen.findByRole('button', { name: 'Switch off' }));
    await waitFor(() =>
      expect(bodies(calls, 'schedules/set')).toEqual([{ schedule: 'nightly', enabled: false }]),
    );
    fireEvent.click(screen.getByRole('button', { name: 'Delete…' }));
    expect(bodies(calls, 'schedules/delete')).toEqual([]);
    fireEvent.click(screen.getByRole('button', { name: 'Delete this schedule' }));
    await waitFor(() => expect(bodies(calls, 'schedules/delete')).toEqual([{ schedule: 'nightly' }]));
  });

  it('says why a viewer changes nothing', async () => {
    serve({ ...session('viewer'), [SHOW]: { body: detail } });
    show(<ScheduleContent name="nightly" />);
    const button = await screen.findByRole('button', { name: /Switch off/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });

  it('says so when there is none of that name', async () => {
    serve({ ...session() });
    show(<ScheduleContent name="nightly" />);
    expect(await screen.findByText('There is no schedule nightly')).toBeTruthy();
  });
});

describe('a runbook', () => {
  const runbook = {
    name: 'patch',
    summary: 'Snapshot and reboot',
    created_by: 'admin@demo',
    created_at: new Date().toISOString(),
    parameters: [
      { name: 'who', type: 'guests', about: 'Which guests', default: null },
      { name: 'note', type: 'text', about: null, default: 'weekly' },
    ],
    steps: [{ op: 'guests.reboot', line: 9, input: { guests: '{{who}}' } }],
  };
  const served = (answer: object) => ({
    ...session(),
    'POST /api/v1/runbooks/show': { body: runbook },
    'POST /api/v1/runbooks/export': { body: { name: 'patch', source: 'name: patch\n' } },
    'POST /api/v1/operations/show': {
      body: {
        name: 'runbooks.create',
        summary: 'Save a runbook',
        kind: 'action',
        risk: 'reversible',
        scope: 'product',
        input: {
          properties: {
            source: { type: 'string', description: 'The text in YAML.' },
            replace: { type: 'boolean', default: false },
          },
          required: ['source'],
        },
      },
    },
    'POST /api/v1/runbooks/create': answer as { body: unknown },
  });

  it('tells which of its parameters are needed', async () => {
    serve(served({ body: {} }));
    show(<RunbookContent name="patch" />);
    expect((await screen.findByText('who')).closest('li')?.textContent).toMatch(/Which guests.*needed$/);
    expect(screen.getByText('note').closest('li')?.textContent).toMatch(/Without it: weekly$/);
  });

  it('is changed in its own text, which stays when it is refused', async () => {
    const refused = {
      status: 422,
      body: {
        title: 'x',
        status: 422,
        code: 'invalid_input',
        detail: 'line 2: what is this',
        retry: 'never',
      },
    };
    const calls = serve(served(refused));
    show(<RunbookContent name="patch" />);
    fireEvent.click(await screen.findByRole('button', { name: 'Change' }));
    const text = await screen.findByRole('textbox', { name: /Source/ });
    expect((text as HTMLTextAreaElement).value).toBe('name: patch\n');
    fireEvent.change(text, { target: { value: 'name: patch\n?' } });
    fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('line 2: what is this')).toBeTruthy();
    expect((screen.getByRole('textbox', { name: /Source/ }) as HTMLTextAreaElement).value).toBe(
      'name: patch\n?',
    );
    expect(bodies(calls, 'runbooks/create')).toEqual([{ source: 'name: patch\n?', replace: true }]);
  });
});
