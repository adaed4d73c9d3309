// What may be typed into a field, from what the console knows already. Only the bridges of a node are asked of the
// cluster, one request, when a form has a field for them and the node is named.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask, operationQuery } from '@/api';
import { selectorOf } from '@/features/guests';
import { useInventory } from '@/features/inventory';
import type { Field } from './fields';

const GUEST_FIELDS = new Set(['guest', 'guests']);
const NODE_FIELDS = new Set(['node', 'nodes', 'target', 'target_node']);
const STORAGE_FIELDS = new Set(['storage', 'storages', 'target_storage']);
/** Fields that take nothing but one of the names the product keeps. */
const STRICT = new Set(['cluster', 'runbook', 'schedule']);
const SUGGESTED = new Set(['op', 'time_zone', 'bridge', ...GUEST_FIELDS, ...NODE_FIELDS, ...STORAGE_FIELDS]);
const none: string[] = [];

/** What else was typed in the form. */
export interface Around {
  cluster: string;
  node: string;
  /** Only what changes something can be chosen. */
  actions: boolean;
}

export interface Suggestions {
  options: string[];
  /** Plain text; text with suggestions; or nothing but one of the options fits. The same from the first moment on. */
  input: 'plain' | 'suggested' | 'strict';
}

/** The bridges in what a node says of its network. */
export function bridgesOf(answer: unknown): string[] {
  const rows = (answer as { data?: unknown } | null)?.data;
  if (!Array.isArray(rows)) return none;
  return rows
    .map((row: { iface?: unknown; type?: unknown }) =>
      (row.type === 'bridge' || row.type === 'OVSBridge') && typeof row.iface === 'string' ? row.iface : null,
    )
    .filter((name) => name !== null)
    .sort();
}

function useBridges(wanted: boolean, around: Around) {
  const [cluster, node] = around.node.includes('/')
    ? [around.node.split('/')[0] ?? '', around.node.split('/')[1] ?? '']
    : [around.cluster, around.node];
  const known = useQuery({ ...operationQuery('nodes.list', {}), enabled: wanted });
  const exists =
    known.data?.nodes.some((row) => row.node === node && (cluster === '' || row.cluster === cluster)) ??
    false;
  const input = { path: `/nodes/${node}/network`, ...(cluster === '' ? {} : { cluster }) };
  const network = useQuery({
    queryKey: ['pve.get', input],
    queryFn: ({ signal }) => ask('pve.get', input, signal),
    enabled: wanted && exists,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return network.data;
}

export function useSuggestions({ as: name, kind }: Field, around: Around): Suggestions {
  const inventory = useInventory();
  const forever = { staleTime: Number.POSITIVE_INFINITY };
  const is = (field: string) => name === field && kind === 'text';
  const operations = useQuery({
    ...operationQuery('operations.list', {}),
    ...forever,
    enabled: is('op') || name === 'operations',
  });
  const nodes = useQuery({ ...operationQuery('nodes.list', {}), enabled: NODE_FIELDS.has(name) });
  const storages = useQuery({ ...operationQuery('storages.list', {}), enabled: STORAGE_FIELDS.has(name) });
  const clusters = useQuery({ ...operationQuery('clusters.list', {}), enabled: is('cluster') });
  const runbooks = useQuery({ ...operationQuery('runbooks.list', {}), enabled: is('runbook') });
  const schedules = useQuery({ ...operationQuery('schedules.list', {}), enabled: is('schedule') });
  const network = useBridges(is('bridge'), around);
  const guests = inventory.data?.guests;
  const { cluster, actions } = around;
  const options = useMemo(() => {
    const here = (row: { cluster: string }) => cluster === '' || row.cluster === cluster;
    if (name === 'op' || name === 'operations') {
      const rows = operations.data?.operations ?? [];
      return rows.filter((row) => !actions || row.kind === 'action').map((row) => row.name);
    }
    if (name === 'cluster') return clusters.data?.clusters.map((row) => row.id) ?? none;
    if (name === 'runbook') return runbooks.data?.runbooks.map((row) => row.name) ?? none;
    if (name === 'schedule') return schedules.data?.schedules.map((row) => row.name) ?? none;
    if (name === 'time_zone') return ['UTC', ...Intl.supportedValuesOf('timeZone')];
    if (name === 'bridge') return bridgesOf(network);
    if (NODE_FIELDS.has(name)) return unique(nodes.data?.nodes.filter(here).map((row) => row.node) ?? none);
    if (STORAGE_FIELDS.has(name)) {
      return unique(storages.data?.storages.filter(here).map((row) => row.storage) ?? none);
    }
    if (GUEST_FIELDS.has(name) && guests) {
      // Names are for people; where a name fits several guests the address says which.
      const seen = new Map<string, number>();
      for (const { name: called } of guests) if (called) seen.set(called, (seen.get(called) ?? 0) + 1);
      return guests.map((guest) =>
        guest.name && seen.get(guest.name) === 1 ? guest.name : selectorOf(guest),
      );
    }
    return none;
  }, [
    name,
    cluster,
    actions,
    guests,
    nodes.data,
    storages.data,
    operations.data,
    clusters.data,
    runbooks.data,
    schedules.data,
    network,
  ]);
  // While the names are on their way the input is the one that it will be: it must not be exchanged under the hand.
  const coming = [clusters, runbooks, schedules].some((query) => query.isLoading);
  if (STRICT.has(name) && (coming || options.length > 0)) return { options, input: 'strict' };
  return { options, input: STRICT.has(name) || SUGGESTED.has(name) ? 'suggested' : 'plain' };
}

const unique = (names: string[]) => [...new Set(names)].sort();
