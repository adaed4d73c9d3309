// Which guests are shown, and what can be done to them.
import { describe, expect, it } from 'vitest';
import { paletteItems } from '@/app/shell/paletteItems';
import { guest } from '@/test-support';
import { choicesOf, filterGuests, readFilter } from './filter';
import { offer } from './operations';

const guests = [
  guest({ vmid: 101, name: 'web-01', tags: ['web', 'prod'] }),
  guest({ vmid: 102, name: 'web-02', status: 'stopped', node: 'pve2' }),
  guest({ vmid: 103, name: 'db', kind: 'lxc', cluster: 'lab' }),
];
const found = (filter: Parameters<typeof filterGuests>[1]) =>
  filterGuests(guests, filter).map((each) => each.vmid);

describe('guest filter', () => {
  it('finds by name, id, tag and node, all words at once', () => {
    expect(found({ text: 'WEB' })).toEqual([101, 102]);
    expect(found({ text: 'web pve2' })).toEqual([102]);
    expect(found({ text: '103' })).toEqual([103]);
    expect(found({ text: 'prod' })).toEqual([101]);
  });

  it('understands terms of the selector language', () => {
    expect(found({ text: 'tag=web' })).toEqual([101]);
    expect(found({ text: 'status!=running' })).toEqual([102]);
    expect(found({ text: '!kind=lxc node=pve1,pve2' })).toEqual([101, 102]);
  });

  it('combines chips', () => {
    expect(found({ status: 'running', node: 'demo/pve1' })).toEqual([101]);
    expect(found({ kind: 'lxc', tag: 'web' })).toEqual([]);
    expect(filterGuests(guests, {})).toBe(guests);
  });

  it('reads only filters from the address', () => {
    expect(readFilter({ text: 7, status: 'running', sort: 'name', node: '' })).toEqual({
      text: '7',
      status: 'running',
    });
    expect(choicesOf(guests).node).toEqual(['demo/pve1', 'demo/pve2', 'lab/pve1']);
  });
});

describe('operations on guests', () => {
  it('act on those they fit', () => {
    expect(offer('guests.stop', guests, 'operator')).toMatchObject({
      reason: null,
      guests: [{ vmid: 101 }, { vmid: 103 }],
    });
    expect(offer('guests.start', guests, 'operator').guests.map((each) => each.vmid)).toEqual([102]);
  });

  it('say why they cannot', () => {
    expect(offer('guests.start', [guest()], 'operator').reason).toBe('It runs already.');
    expect(offer('guests.stop', [guest({ status: 'stopped' })], 'admin').reason).toBe('It does not run.');
    expect(offer('guests.start', [guest({ template: true })], 'admin').reason).toMatch(/template/);
    expect(offer('guests.stop', guests, 'viewer').reason).toMatch(/viewer/);
    expect(offer('guests.stop', [], 'admin').reason).toBe('Select a guest first.');
  });
});

describe('palette', () => {
  const texts = (typed: string) => paletteItems(typed, guests, 'admin').map((item) => item.text);

  it('offers pages at first and guests by name', () => {
    expect(texts('')).toEqual([
      'Overview',
      'Guests',
      'Nodes',
      'Storages',
      'Plans',
      'Runs',
      'Schedules',
      'Runbooks',
      'Assistant',
      'Clusters',
      'Knowledge',
      'Operations',
      'Policy',
      'Memory',
    ]);
    expect(texts('web-02')).toEqual(['web-02 (102)', 'Start web-02', 'Snapshot web-02']);
  });

  it('understands a verb and a name, the exact name first', () => {
    expect(texts('stop web')).toEqual(['Stop web-01', 'Stop web-02']);
    const [item] = paletteItems('stop web-02', guests, 'admin');
    expect(item).toMatchObject({ kind: 'operation', op: 'guests.stop', reason: 'It does not run.' });
    expect(texts('shutdown web-01')[0]).toBe('Shut down web-01');
  });
});
