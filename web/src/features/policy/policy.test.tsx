// The note of a freeze, and the rules as they are shown.
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { serve, session, show } from '@/test-support';
import { FreezeNote } from './FreezeNote';
import { PolicyPage } from './PolicyPage';

const FREEZE = 'POST /api/v1/incident/show';
const POLICY = 'POST /api/v1/policy/show';

const rule = {
  name: 'production',
  line: 5,
  decision: 'ask',
  people: 2,
  rehearsal: true,
  risks: ['disruptive'],
  roles: [],
  surfaces: [],
  operations: [],
  guests: ['tag=prod'],
  times: [],
};

const policy = {
  file: '/etc/policy.toml',
  broken: null,
  time_zone: 'UTC',
  standing_destructive: false,
  rules: [rule],
  freeze: null,
  built_in: ['reading is free'],
};

describe('the policy in the console', () => {
  it('says who froze and why while changes are frozen', async () => {
    const freeze = {
      id: 'f_1',
      reason: 'storage is full',
      by: 'anna',
      at: '2026-03-01T08:00:00Z',
      until: null,
    };
    serve({ ...session(), [FREEZE]: { body: { frozen: true, freeze } } });
    show(<FreezeNote />);
    const note = await screen.findByRole('alert');
    expect(note.textContent).toBe('All changes are frozen. anna: storage is full');
  });

  it('says what a rule wants, and what holds without one', async () => {
    serve({ ...session(), [POLICY]: { body: policy } });
    show(<PolicyPage />);
    await screen.findByText('asks 2 people, after a rehearsal without an error');
    expect(screen.getByText('1 rule from /etc/policy.toml')).toBeTruthy();
    expect(screen.getByText('tag=prod')).toBeTruthy();
    expect(screen.getByText('reading is free')).toBeTruthy();
  });

  it('says that a broken file stops every change', async () => {
    const broken = 'the policy cannot be used, so nothing may change: policy.toml: line 3';
    serve({ ...session(), [POLICY]: { body: { ...policy, rules: [], broken } } });
    show(<PolicyPage />);
    expect((await screen.findByRole('alert')).textContent).toBe(broken);
  });
});
