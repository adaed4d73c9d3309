// Plans that wait: found wherever they were asked for, counted, and gone once they are judged or too old.
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Plan } from '@/api';
import { plan, serve, session, show } from '@/test-support';
import { PlanContent } from './PlanPage';
import { Plans } from './PlansPage';
import { WaitingCount } from './WaitingCount';
import { WaitingPlans } from './WaitingPlans';

const LIST = 'POST /api/v1/plans/list';
const GET = 'GET /api/v1/plans/plan-1';
const in_s = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();

const asked: Plan[] = [
  plan({ id: 'late', summary: 'reboot db-01', surface: 'mcp', created_by: 'agent', expires_at: in_s(3000) }),
  plan({ id: 'soon', summary: 'stop web-02', surface: 'cli', created_by: 'ben', expires_at: in_s(100) }),
  plan({ id: 'over', summary: 'start old-01', surface: 'schedule', expires_at: in_s(-1) }),
];

describe('plans that wait', () => {
  it('are counted without those whose time is over', async () => {
    serve({ ...session(), [LIST]: { body: { plans: asked } } });
    show(<WaitingCount />);
    expect((await screen.findByTitle('2 plans wait for consent')).textContent).toContain('2');
  });

  it('are not spoken of when there are none', async () => {
    const calls = serve({ ...session(), [LIST]: { body: { plans: [] } } });
    show(
      <>
        <WaitingCount />
        <WaitingPlans />
      </>,
    );
    await waitFor(() => expect(calls.some(({ path }) => path.endsWith('/plans/list'))).toBe(true));
    expect(screen.queryByText(/wait/)).toBeNull();
  });

  it('stand on the overview, the first to expire at the top', async () => {
    serve({ ...session(), [LIST]: { body: { plans: asked } } });
    show(<WaitingPlans />);
    expect(await screen.findByText('2 plans wait for consent')).toBeTruthy();
    const rows = screen.getAllByRole('listitem').map((row) => row.textContent);
    expect(rows[0]).toMatch(/^Stop web-02.*ben.*command line.*Expires in/);
    expect(rows[1]).toMatch(/^Reboot db-01.*agent.*MCP.*Expires in/);
    expect(rows).toHaveLength(2);
    expect(screen.getByRole('link', { name: 'Stop web-02' }).getAttribute('href')).toBe('/plans/soon');
  });

  it('are asked for by their state, and the page says where they come from when none waits', async () => {
    const calls = serve({ ...session(), [LIST]: { body: { plans: [] } } });
    show(<Plans state="proposed" />);
    expect(await screen.findByText(/by MCP, by the API, by a schedule/)).toBeTruthy();
    expect(calls.find(({ path }) => path.endsWith('/plans/list'))?.body).toEqual({
      state: 'proposed',
      limit: 200,
    });
  });

  it('are among the expired once their time is over, before anybody touched them', async () => {
    serve({
      ...session(),
      [LIST]: ({ body }) => ({
        body: { plans: (body as { state: string }).state === 'proposed' ? asked : [] },
      }),
    });
    show(<Plans state="expired" />);
    expect(await screen.findByText('1 plan expired, the newest first')).toBeTruthy();
  });

  it('can be judged at an address of their own, and are asked for again then', async () => {
    let state: Plan['state'] = 'proposed';
    const stored = () => plan({ state, surface: 'mcp', created_by: 'agent' });
    const calls = serve({
      ...session(),
      [LIST]: () => ({ body: { plans: state === 'proposed' ? [stored()] : [] } }),
      [GET]: () => ({ body: stored() }),
      'POST /api/v1/plans/plan-1/reject': () => {
        state = 'rejected';
        return { status: 204, body: null };
      },
    });
    show(
      <>
        <WaitingCount />
        <PlanContent id="plan-1" />
      </>,
    );
    expect(await screen.findByText('MCP')).toBeTruthy();
    expect(screen.getByText('agent')).toBeTruthy();
    expect(screen.getByTitle('1 plan waits for consent')).toBeTruthy();
    fireEvent.click(await screen.findByRole('button', { name: 'Reject' }));
    expect(await screen.findByText('This plan was rejected. Nothing was changed.')).toBeTruthy();
    await waitFor(() => expect(screen.queryByTitle(/wait/)).toBeNull());
    expect(calls.filter(({ path }) => path.endsWith('/plans/list')).length).toBeGreaterThan(1);
  });

  it('says so when there is no such plan', async () => {
    serve({ ...session() });
    show(<PlanContent id="plan-1" />);
    expect(await screen.findByText('There is no such plan')).toBeTruthy();
  });
});
