// The plan card in each of its states.
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { plan, run, serve, session, show } from '@/test-support';
import { PlanCard } from './PlanCard';
import { differenceLines, refusalOf } from './planWords';

const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: { title: code, status, code, detail: `detail of ${code}`, hint: null, retry: 'never', ...more },
});
const APPROVE = 'POST /api/v1/plans/plan-1/approve';
const GET = 'GET /api/v1/plans/plan-1';

describe('PlanCard', () => {
  it('shows the steps and names the act on the button; approval sends the digest', async () => {
    const calls = serve({
      ...session(),
      [GET]: { body: plan() },
      [APPROVE]: { status: 202, body: { id: 'run-1', plan_id: 'plan-1', state: 'queued' } },
      'GET /api/v1/runs/run-1': {
        body: run({ state: 'succeeded', steps: run().steps.map((step) => ({ ...step, state: 'done' })) }),
      },
    });
    show(<PlanCard plan={plan()} />);
    const row = (await screen.findByText('Stop web-02', { selector: 'td' })).closest('tr');
    expect(row?.textContent).toContain('web-02 (demo/pve1/101)');
    expect(row?.textContent).toMatch(/status running.*stopped/);
    fireEvent.click(await waitFor(() => enabled('Stop web-02')));
    await screen.findByText('Done and verified.');
    expect(calls.find(({ method, path }) => method === 'POST' && path.includes('/plans/'))).toMatchObject({
      body: { digest: 'abc' },
    });
  });

  it('keeps the first of two approvals and says who is missing', async () => {
    const ruling = { decision: 'ask' as const, people: 2, rehearsal: false, rules: ['production'], why: '' };
    const approval = { by: 'ben', surface: 'web' as const, at: '2026-03-01T08:00:00Z', standing: [] };
    let stored = plan({ ruling });
    serve({
      ...session(),
      [GET]: () => ({ body: stored }),
      [APPROVE]: () => {
        stored = plan({ ruling, approvals: [approval] });
        return { status: 200, body: stored };
      },
    });
    show(<PlanCard plan={plan({ ruling })} />);
    fireEvent.click(await waitFor(() => enabled('Stop web-02')));
    await screen.findByText('ben approved; 2 people have to. Another person approves this plan.');
  });

  it('counts targets when there are several', async () => {
    const many = plan({
      steps: [101, 102].flatMap((id) =>
        plan().steps.map((step) => ({ ...step, id: `s${id}`, target: `demo/pve1/${id}` })),
      ),
    });
    serve({ ...session(), [GET]: { body: many } });
    show(<PlanCard plan={many} />);
    await waitFor(() => enabled('Stop 2 guests'));
  });

  it('asks to type the name before it destroys', async () => {
    const destructive = plan({
      op: 'snapshots.delete',
      risk: 'destructive',
      irreversible: ['s1'],
      confirm: { prompt: 'This deletes a snapshot', text: 'web-02' },
    });
    const calls = serve({
      ...session(),
      [GET]: { body: destructive },
      [APPROVE]: problem(422, 'confirm_mismatch'),
    });
    show(<PlanCard plan={destructive} />);
    expect(await screen.findByText('Nothing in this plan can be undone.')).toBeTruthy();
    const button = await screen.findByRole('button', { name: /Delete snapshot of web-02/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    fireEvent.click(button);
    fireEvent.change(screen.getByLabelText('This deletes a snapshot'), { target: { value: 'web-02' } });
    fireEvent.click(await waitFor(() => enabled('Delete snapshot of web-02')));
    await screen.findByText('detail of confirm_mismatch');
    expect(
      calls
        .filter(({ method, path }) => method === 'POST' && path.includes('/plans/'))
        .map((call) => call.body),
    ).toEqual([{ digest: 'abc', confirm: 'web-02' }]);
  });

  it('says why a viewer cannot approve', async () => {
    serve({ ...session('viewer'), [GET]: { body: plan() } });
    show(<PlanCard plan={plan()} />);
    const button = await screen.findByRole('button', { name: /Stop web-02/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(button.textContent).toContain('Ask an operator or admin');
  });

  it('says that an operator cannot approve what destroys data', async () => {
    const destructive = plan({ risk: 'destructive', irreversible: ['s1'] });
    serve({ ...session('operator'), [GET]: { body: destructive } });
    show(<PlanCard plan={destructive} />);
    const button = await screen.findByRole('button', { name: /Stop web-02/ });
    await waitFor(() => expect(button.textContent).toContain('Only an admin approves'));
  });

  it('shows what the checks found', async () => {
    const warned = plan({
      preflight: [{ signal: 'prod', level: 'warning', text: 'carries the tag of production', target: null }],
    });
    serve({ ...session(), [GET]: { body: warned } });
    show(<PlanCard plan={warned} />);
    const line = (await screen.findByText('carries the tag of production')).closest('li');
    expect(line?.textContent).toMatch(/^attention/);
  });

  it('names who is left out, with the reason and what to do', async () => {
    const partly = plan({
      left_out: [
        {
          target: 'demo/pve1/103',
          name: 'db-01',
          because: 'unfit',
          reason: 'is locked (backup)',
          hint: 'wait for the task',
        },
        {
          target: 'demo/pve1/104',
          name: 'db-02',
          because: 'already',
          reason: 'is already stopped',
          hint: null,
        },
      ],
    });
    serve({ ...session(), [GET]: { body: partly } });
    show(<PlanCard plan={partly} />);
    expect(await screen.findByText('2 are left out:')).toBeTruthy();
    const table = screen.getByRole('region', { name: 'Left out of the plan' });
    const rows = [...table.querySelectorAll('tbody tr')].map((row) => row.textContent);
    expect(rows).toEqual([
      'db-01 (demo/pve1/103)cannot be doneis locked (backup) wait for the task',
      'db-02 (demo/pve1/104)nothing to dois already stopped',
    ]);
  });

  it('says what follows a failure, when it is not the usual', async () => {
    const careful = plan({ on_failure: 'roll_back' });
    serve({ ...session(), [GET]: { body: careful } });
    show(<PlanCard plan={careful} />);
    expect(
      await screen.findByText('When a step fails, what was done is taken back in reverse order.'),
    ).toBeTruthy();
  });

  it('shows what has changed and offers a new plan', async () => {
    serve({
      ...session(),
      [GET]: { body: plan() },
      [APPROVE]: problem(409, 'precondition_changed', {
        difference: [{ guest: 'web-02', field: 'status', before: 'running', after: 'stopped' }],
      }),
    });
    const again = vi.fn();
    show(<PlanCard plan={plan()} onAgain={again} />);
    fireEvent.click(await waitFor(() => enabled('Stop web-02')));
    await screen.findByText('web-02 status: running → stopped');
    fireEvent.click(screen.getByRole('button', { name: 'Plan again' }));
    expect(again).toHaveBeenCalledOnce();
    expect(screen.queryByRole('button', { name: /Stop web-02/ })).toBeNull();
  });

  it('is expired when its time is over, even before the server says so', async () => {
    const old = plan({ expires_at: new Date(Date.now() - 1000).toISOString() });
    serve({ ...session(), [GET]: { body: old } });
    show(<PlanCard plan={old} onAgain={() => {}} />);
    expect(await screen.findByText(/too old to approve/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Plan again' })).toBeTruthy();
  });

  it('shows the run when somebody else has approved', async () => {
    let approved = false;
    serve({
      ...session(),
      [GET]: () => ({ body: approved ? plan({ state: 'approved', run_id: 'run-1' }) : plan() }),
      [APPROVE]: () => {
        approved = true;
        return problem(409, 'plan_already_approved');
      },
      'GET /api/v1/runs/run-1': {
        body: run({
          state: 'failed',
          steps: run().steps.map((step) => ({ ...step, state: 'failed', error: 'no quorum' })),
        }),
      },
    });
    show(<PlanCard plan={plan()} />);
    fireEvent.click(await waitFor(() => enabled('Stop web-02')));
    expect(await screen.findByText('no quorum')).toBeTruthy();
  });

  it('rejects', async () => {
    serve({
      ...session(),
      [GET]: { body: plan() },
      'POST /api/v1/plans/plan-1/reject': { status: 204, body: null },
    });
    show(<PlanCard plan={plan()} />);
    fireEvent.click(await screen.findByRole('button', { name: 'Reject' }));
    expect(await screen.findByText('This plan was rejected. Nothing was changed.')).toBeTruthy();
  });
});

describe('refusals', () => {
  it('reads differences of any shape', () => {
    expect(
      differenceLines([
        'plain',
        { target: 'demo/1', field: 'digest', expected: 'a', found: 'b' },
        { odd: 1 },
      ]),
    ).toEqual(['plain', 'demo/1 digest: a → b', 'odd: 1']);
  });

  it('does not lose an unknown error', () => {
    expect(refusalOf(new Error('x'))).toEqual({ kind: 'other' });
  });
});

function enabled(name: string): HTMLElement {
  const button = screen.getByRole('button', { name });
  expect(button.getAttribute('aria-disabled')).not.toBe('true');
  return button;
}
