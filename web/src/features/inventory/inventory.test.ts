// The live inventory and its sentence.
import { describe, expect, it } from 'vitest';
import type { AsOf, NodeRow } from '@/api';
import { guest } from '@/test-support';
import { mergeChange } from './live';
import { byUse, fleetSentence, isNearlyFull } from './sentence';

const at = '2026-01-01T12:00:00Z';
const now_ms = Date.parse('2026-01-01T12:00:40Z');
const asOf = (change: Partial<AsOf> = {}): AsOf => ({
  cluster: 'demo',
  at,
  age_s: 1,
  state: 'fresh',
  error: null,
  ...change,
});
const change = {
  at: '2026-01-01T12:00:10Z',
  guests: 2,
  guests_running: 1,
  nodes_online: 3,
  changed: [],
  removed: [],
  as_of: [],
};

describe('inventory feed', () => {
  const list = {
    guests: [guest({ vmid: 1 }), guest({ vmid: 2 })],
    total: 2,
    as_of: [asOf({ state: 'stale' })],
  };

  it('replaces a changed guest in its place and leaves the others alone', () => {
    const merged = mergeChange(list, { ...change, changed: [guest({ vmid: 2, status: 'stopped' })] });
    expect(merged.list.guests.map((each) => each.status)).toEqual(['running', 'stopped']);
    expect(merged.list.guests[0]).toBe(list.guests[0]);
    expect(merged.list.as_of[0]).toMatchObject({ state: 'fresh', at: change.at });
    expect(merged.incomplete).toBe(false);
  });

  it('adds guests that came and drops those that went', () => {
    const merged = mergeChange(list, { ...change, changed: [guest({ vmid: 3 })], removed: ['demo/1'] });
    expect(merged.list.guests.map((each) => each.vmid)).toEqual([2, 3]);
    expect(merged.list.total).toBe(2);
    expect(merged.incomplete).toBe(false);
  });

  it('asks for the list again when it does not add up', () => {
    expect(mergeChange(list, { ...change, guests: 5 }).incomplete).toBe(true);
  });

  it('does not claim to know which of several clusters was read', () => {
    const two = { ...list, as_of: [asOf(), asOf({ cluster: 'b', state: 'stale' })] };
    expect(mergeChange(two, change).list.as_of).toBe(two.as_of);
  });
});

describe('fleet sentence', () => {
  const node = (status: NodeRow['status']) => ({ status }) as NodeRow;

  it('says that all is well', () => {
    const guests = [guest(), guest({ status: 'stopped' }), guest({ template: true, status: 'stopped' })];
    expect(
      fleetSentence(
        { nodes: [node('online'), node('online')], guests, clusters: [], asOf: [asOf()] },
        now_ms,
      ),
    ).toBe('All 2 nodes online, 1 of 2 guests run.');
  });

  it('names what is down, stale and away', () => {
    const entries = [asOf({ state: 'stale' }), asOf({ cluster: 'b', state: 'unreachable' })];
    expect(
      fleetSentence(
        { nodes: [node('online'), node('offline')], guests: [], clusters: [], asOf: entries },
        now_ms,
      ),
    ).toBe('1 of 2 nodes online, 0 of 0 guests run, 1 cluster stale 40 s, 1 cluster unreachable.');
  });

  it('puts the fullest storage first and leaves unknown ones out', () => {
    const storages = [
      { id: 'a', used_bytes: 1, total_bytes: 10 },
      { id: 'b', used_bytes: null, total_bytes: 10 },
      { id: 'c', used_bytes: 9, total_bytes: 10 },
    ];
    expect(byUse(storages).map((storage) => storage.id)).toEqual(['c', 'a']);
    expect(storages.map(isNearlyFull)).toEqual([false, false, true]);
  });
});
