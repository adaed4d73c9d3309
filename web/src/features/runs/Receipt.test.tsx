// The receipt of a run: who consented, the way back, and why there is none.
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { serve, session, show } from '@/test-support';
import { Receipt, wishText } from './Receipt';

const receipt = (undo: { op: string; input: unknown }[]) => ({
  run: 'run-1',
  plan: 'plan-1',
  digest: 'abcdef0123456789abcdef',
  op: 'guests.stop',
  summary: 'stop web-02',
  state: 'succeeded',
  created_by: 'ann',
  approved_by: 'ben',
  approved_on: 'web',
  approved_as: 'operator',
  approved_at: '2026-03-01T08:00:00Z',
  started_at: null,
  finished_at: null,
  steps: [],
  undo,
  records: [],
  left_out: [],
  differs: [] as object[],
  warning: null as string | null,
});

describe('Receipt', () => {
  it('names who consented and each step of the way back', async () => {
    serve({
      ...session(),
      'POST /api/v1/runs/receipt': {
        body: receipt([{ op: 'guests.start', input: { guests: ['demo/pve1/102'] } }]),
      },
    });
    show(<Receipt id="run-1" />);
    expect(await screen.findByText('ben (operator), on web')).toBeTruthy();
    expect(screen.getByText('Start demo/pve1/102')).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Take back' }).getAttribute('aria-disabled')).not.toBe('true');
  });

  it('says why it cannot be taken back', async () => {
    serve({ ...session(), 'POST /api/v1/runs/receipt': { body: receipt([]) } });
    show(<Receipt id="run-1" />);
    const button = await screen.findByRole('button', { name: /Take back/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(button.textContent).toContain('Nothing this run did can be taken back.');
  });

  it('says first what is not as the audit chain says', async () => {
    const text = 'run run-1: approved_by is `eve`, and the audit chain says `ben`';
    const one = { subject: 'run run-1', field: 'approved_by', row: 'eve', chain: 'ben', text };
    const body = { ...receipt([]), differs: [one], warning: `this receipt is not as it should be: ${text}` };
    serve({ ...session(), 'POST /api/v1/runs/receipt': { body } });
    show(<Receipt id="run-1" />);
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('This is not what the audit chain says');
    expect(alert.textContent).toContain(text);
  });

  it('shows an operation it has no word for by its name', () => {
    expect(wishText({ op: 'guests.rename', input: { name: 'x' } })).toBe('guests.rename');
  });
});
