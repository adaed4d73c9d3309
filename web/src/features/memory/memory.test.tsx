// What is kept: who sees what, how it is forgotten, and the rule that a restriction would be.
import { fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { serve, session, show } from '@/test-support';
import { FactsOfPlan } from './KeptFacts';
import { MemoryPage } from './MemoryPage';

const LIST = 'POST /api/v1/memory/list';
const RECALL = 'POST /api/v1/memory/recall';
const RULES = 'POST /api/v1/memory/propose_rules';

const fact = {
  id: 'f_1',
  kind: 'restriction',
  scope: 'guest',
  about: 'main/103',
  guest: 'web-03',
  text: 'never restart before 22:00',
  restriction: { operations: ['guests.reboot'], times: ['00:00-22:00'] },
  author: 'anna',
  created_at: '2026-03-01T08:00:00Z',
  changed_at: '2026-03-01T08:00:00Z',
  age_s: 60,
  digest: 'd1',
};
const own = {
  ...fact,
  id: 'f_2',
  kind: 'note',
  scope: 'user',
  about: 'anna',
  guest: null,
  restriction: null,
  text: 'mine',
};

const rules = (in_force: boolean) => ({
  body: {
    proposals: [
      {
        fact: 'f_1',
        author: 'anna',
        text: fact.text,
        name: 'kept f_1',
        rule: '[[rule]]\nname = "kept f_1"\n',
        in_force,
      },
    ],
    policy_file: '/etc/policy.toml',
    text: '',
  },
});

describe('the memory in the console', () => {
  it('shows what is kept, by whom and about what', async () => {
    serve({ ...session(), [LIST]: { body: { facts: [fact, own] } }, [RULES]: rules(true) });
    show(<MemoryPage />);
    await screen.findByText('never restart before 22:00');
    expect(screen.getByText('2 facts, 1 of them for you alone')).toBeTruthy();
    expect(screen.getByText('web-03').closest('a')?.getAttribute('href')).toBe('/guests/main/103');
    expect(
      screen.getByText('Restricts guests.reboot: 00:00-22:00. A fact stops nothing by itself.'),
    ).toBeTruthy();
    expect(screen.getByText('for you alone')).toBeTruthy();
  });

  it('shows the rule that a restriction would be, and where it would go', async () => {
    serve({ ...session(), [LIST]: { body: { facts: [fact] } }, [RULES]: rules(false) });
    show(<MemoryPage />);
    (await screen.findByRole('button', { name: 'Show it as a rule' })).click();
    await screen.findByText('To make it count, put this into /etc/policy.toml:');
    expect(screen.getByText(/name = "kept f_1"/)).toBeTruthy();
    expect(screen.getByText('no rule of it is in force')).toBeTruthy();
  });

  it('finds facts by words of all that is shown of them', async () => {
    serve({ ...session(), [LIST]: { body: { facts: [fact, own] } }, [RULES]: rules(true) });
    show(<MemoryPage />);
    await screen.findByText('its rule is in force');
    const field = screen.getByRole('searchbox', { name: 'Search what is kept' });
    fireEvent.change(field, { target: { value: 'WEB-03 reboot' } });
    expect(screen.queryByText('mine')).toBeNull();
    expect(screen.getByText('1 of 2 fit')).toBeTruthy();
    fireEvent.change(field, { target: { value: 'nowhere' } });
    fireEvent.click(screen.getByRole('button', { name: 'Show all' }));
    expect(screen.getByText('mine')).toBeTruthy();
    fireEvent.change(screen.getByRole('combobox', { name: 'Kind' }), { target: { value: 'note' } });
    expect(screen.queryByText(fact.text)).toBeNull();
  });

  it('draws a part of many facts and the rest on demand', async () => {
    const many = Array.from({ length: 250 }, (_, at) => ({ ...own, id: `f_${at}`, text: `fact ${at}` }));
    serve({ ...session(), [LIST]: { body: { facts: many } } });
    show(<MemoryPage />);
    await screen.findByText('fact 199');
    expect(screen.queryByText('fact 200')).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Show 50 more' }));
    expect(screen.getByText('fact 249')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Show .* more/ })).toBeNull();
  });

  it('says what would fill an empty memory, and why a viewer keeps nothing', async () => {
    serve({ ...session('viewer'), [LIST]: { body: { facts: [] } } });
    show(<MemoryPage />);
    await screen.findByText('Nothing is kept here');
    const button = await screen.findByRole('button', { name: /Keep a fact/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });

  it('stands on the card of a plan with author and age', async () => {
    const calls = serve({
      ...session(),
      [RECALL]: { body: { facts: [{ ...fact, why: 'it is about web-03' }] } },
    });
    show(<FactsOfPlan plan="p_1" />);
    await screen.findByText('never restart before 22:00');
    expect(screen.getByText(/anna/)).toBeTruthy();
    expect(calls.find((call) => call.path === '/api/v1/memory/recall')?.body).toEqual({ plan: 'p_1' });
  });
});
