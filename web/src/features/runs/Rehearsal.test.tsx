// Rehearsing from the plan card, and how the outcome reads.
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Rehearsal } from '@/api';
import { plan, serve, session, show } from '@/test-support';
import { PlanCard } from './PlanCard';

function rehearsal(change: Partial<Rehearsal> = {}): Rehearsal {
  return {
    digest: 'abc',
    at: '2025-03-03T10:00:00Z',
    facts_at: '2025-03-03T09:59:58Z',
    took_ms: 12,
    requests: 9,
    outcome: 'succeeds',
    refused: null,
    errors: [],
    steps: [
      { id: 's1', title: 'Stop web-02', target: 'demo/pve1/101', state: 'done', error: null, duration_s: 3 },
    ],
    changes: [
      { target: 'demo/pve1/101', name: 'web-02', field: 'status', before: 'running', after: 'stopped' },
    ],
    targets: [
      { target: 'demo/pve1/101', name: 'web-02', duration_s: 3, interruption_s: null, stays_away: true },
    ],
    duration_s: 3,
    not_rehearsed: [{ what: 'real load', why: 'the twin is idle' }],
    ...change,
  };
}

const GET = 'GET /api/v1/plans/plan-1';
const REHEARSE = 'POST /api/v1/plans/plan-1/rehearse';

describe('rehearsal', () => {
  it('is asked for on the card and shows what would happen; nothing is approved', async () => {
    const calls = serve({ ...session(), [GET]: { body: plan() }, [REHEARSE]: { body: rehearsal() } });
    show(<PlanCard plan={plan()} />);
    fireEvent.click(await screen.findByRole('button', { name: 'Rehearse' }));
    const result = await screen.findByRole('region', { name: 'Rehearsal' });
    expect(result.textContent).toContain('Would succeed');
    expect(result.textContent).toContain('web-02 status: running → stopped');
    expect(result.textContent).toContain('web-02 until it is started again');
    expect(result.textContent).toContain('real load: the twin is idle');
    expect(result.textContent).toContain('9 requests');
    expect(
      calls
        .filter(({ method, path }) => method === 'POST' && path.includes('/plans/'))
        .map((call) => call.path),
    ).toEqual(['/api/v1/plans/plan-1/rehearse']);
    expect(screen.getByRole('button', { name: 'Stop web-02' })).toBeTruthy();
  });

  it('names each error and the refusal of the whole plan', async () => {
    const failed = rehearsal({
      outcome: 'fails',
      steps: rehearsal().steps.map((step) => ({
        ...step,
        state: 'failed' as const,
        error: 'VM is locked (backup)',
      })),
      changes: [],
      targets: [],
    });
    serve({ ...session(), [GET]: { body: plan({ rehearsal: failed }) } });
    const first = show(<PlanCard plan={plan({ rehearsal: failed })} />);
    const result = await screen.findByRole('region', { name: 'Rehearsal' });
    expect(result.textContent).toContain('Would fail');
    expect(within(result).getByText('Stop web-02: VM is locked (backup)')).toBeTruthy();
    first.unmount();

    const refused = rehearsal({ outcome: 'refused', refused: 'the cluster changed since the plan was made' });
    serve({ ...session(), [GET]: { body: plan({ rehearsal: refused }) } });
    show(<PlanCard plan={plan({ rehearsal: refused })} />);
    expect(await screen.findByText('the cluster changed since the plan was made')).toBeTruthy();
  });

  it('is not for viewers, and says why', async () => {
    serve({ ...session('viewer'), [GET]: { body: plan() } });
    show(<PlanCard plan={plan()} />);
    const button = await screen.findByRole('button', { name: /Rehearse/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });
});
