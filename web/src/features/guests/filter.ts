// Which guests are shown: free text, `key=value` terms and chips, kept in the address.
import type { GuestRow } from '@/api';

export interface GuestFilter {
  text?: string;
  status?: string;
  kind?: string;
  /** `cluster/node`, since two clusters may name a node alike. */
  node?: string;
  tag?: string;
}

const fields: Record<string, (guest: GuestRow) => string[]> = {
  id: (guest) => [String(guest.vmid)],
  name: (guest) => [guest.name ?? ''],
  node: (guest) => [guest.node ?? ''],
  cluster: (guest) => [guest.cluster],
  status: (guest) => [guest.status],
  kind: (guest) => [guest.kind],
  pool: (guest) => [guest.pool ?? ''],
  tag: (guest) => guest.tags,
  lock: (guest) => [guest.lock ?? ''],
};

function matchesTerm(guest: GuestRow, term: string): boolean {
  const pair = /^(!?)([a-z]+)(=|!=)(.+)$/.exec(term);
  const read = pair?.[2] === undefined ? undefined : fields[pair[2]];
  if (pair && read) {
    const negated = (pair[1] === '!') !== (pair[3] === '!=');
    const wanted = (pair[4] ?? '').toLowerCase().split(',');
    return read(guest).some((value) => wanted.includes(value.toLowerCase())) !== negated;
  }
  const text = [
    guest.name ?? '',
    guest.vmid,
    guest.node ?? '',
    guest.cluster,
    guest.pool ?? '',
    ...guest.tags,
  ]
    .join('\n')
    .toLowerCase();
  return text.includes(term);
}

export function filterGuests(guests: readonly GuestRow[], filter: GuestFilter): readonly GuestRow[] {
  const terms = (filter.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length === 0 && !filter.status && !filter.kind && !filter.node && !filter.tag) return guests;
  return guests.filter(
    (guest) =>
      (!filter.status || guest.status === filter.status) &&
      (!filter.kind || guest.kind === filter.kind) &&
      (!filter.node || `${guest.cluster}/${guest.node ?? ''}` === filter.node) &&
      (!filter.tag || guest.tags.includes(filter.tag)) &&
      terms.every((term) => matchesTerm(guest, term)),
  );
}

export interface Choices {
  status: string[];
  kind: string[];
  node: string[];
  tag: string[];
}

/** What can be chosen in the chips: what exists. */
export function choicesOf(guests: readonly GuestRow[]): Choices {
  const sets = {
    status: new Set<string>(),
    kind: new Set<string>(),
    node: new Set<string>(),
    tag: new Set<string>(),
  };
  for (const guest of guests) {
    sets.status.add(guest.status);
    sets.kind.add(guest.kind);
    if (guest.node) sets.node.add(`${guest.cluster}/${guest.node}`);
    for (const tag of guest.tags) sets.tag.add(tag);
  }
  const sorted = (set: Set<string>) => [...set].sort((a, b) => a.localeCompare(b));
  return {
    status: sorted(sets.status),
    kind: sorted(sets.kind),
    node: sorted(sets.node),
    tag: sorted(sets.tag),
  };
}

/** The part of the address that is a filter, whatever else is in it. */
export function readFilter(search: Record<string, unknown>): GuestFilter {
  const filter: GuestFilter = {};
  for (const key of ['text', 'status', 'kind', 'node', 'tag'] as const) {
    const value = search[key];
    if (typeof value === 'string' && value !== '') filter[key] = value;
    else if (typeof value === 'number') filter[key] = String(value);
  }
  return filter;
}
