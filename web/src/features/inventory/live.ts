// The live inventory: one feed for the whole console, whose changes are written into the cached list in place.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import {
  type AsOf,
  type GuestRow,
  type InventoryChange,
  keepStream,
  openFeed,
  operationQuery,
  type Queries,
  query,
} from '@/api';

export type Inventory = Queries['inventory.list']['output'];

export const guestId = (guest: { cluster: string; vmid: number }) => `${guest.cluster}/${guest.vmid}`;

export const inventoryQuery = {
  ...operationQuery('inventory.list', {}),
  queryFn: async ({ signal }: { signal: AbortSignal }): Promise<Inventory> => {
    const first = await query('inventory.list', {}, signal);
    // The server may limit an answer without a limit; the console shows all of them.
    return first.guests.length < first.total
      ? query('inventory.list', { limit: first.total }, signal)
      : first;
  },
};

/** Puts changed guests in their places; says whether the list must be fetched again because it does not add up. */
export function mergeChange(
  list: Inventory,
  change: InventoryChange,
): { list: Inventory; incomplete: boolean } {
  const changed = new Map(change.changed.map((guest) => [guestId(guest), guest]));
  const removed = new Set(change.removed);
  const guests: GuestRow[] = [];
  for (const guest of list.guests) {
    const id = guestId(guest);
    if (removed.has(id)) continue;
    guests.push(changed.get(id) ?? guest);
    changed.delete(id);
  }
  guests.push(...changed.values());
  return {
    list: { guests, total: guests.length, as_of: freshened(list.as_of, change.at) },
    incomplete: guests.length !== change.guests,
  };
}

/** The feed says when the newest reading was made, but not of which cluster: with one cluster that is plain. */
function freshened(asOf: AsOf[], at: string | null): AsOf[] {
  const [only, ...others] = asOf;
  if (!only || others.length > 0 || at === null || (only.at !== null && at <= only.at)) return asOf;
  return [{ ...only, at, age_s: 0, state: 'fresh', error: null }];
}

function apply(client: QueryClient, change: InventoryChange): void {
  const key = inventoryQuery.queryKey;
  const list = client.getQueryData<Inventory>(key);
  if (!list) return;
  const merged = mergeChange(list, change);
  client.setQueryData(key, merged.list);
  if (merged.incomplete) void client.invalidateQueries({ queryKey: key });
  for (const guest of change.changed) {
    client.setQueriesData<{ guest: GuestRow }>(
      {
        queryKey: ['guests.show'],
        predicate: (each) => JSON.stringify(each.queryKey[1]) === JSON.stringify({ guest: guestId(guest) }),
      },
      (detail) => (detail ? { ...detail, guest } : detail),
    );
  }
}

/** Follows the feed while mounted; the shell mounts it once. */
export function useInventoryFeed(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      keepStream({
        open: (_, signal) => openFeed('inventory.watch', signal),
        onEvent: (event) => {
          if (event.data.startsWith('{')) apply(client, JSON.parse(event.data) as InventoryChange);
        },
        onState: (state) => {
          // What happened while nobody listened is not in the feed.
          if (state === 'live') void client.invalidateQueries({ queryKey: inventoryQuery.queryKey });
        },
      }),
    [client],
  );
}

export function useInventory() {
  return useQuery({ ...inventoryQuery, staleTime: 15_000, refetchInterval: 30_000 });
}

const REFRESH_MS = 10_000;

export function useNodes() {
  return useQuery({ ...operationQuery('nodes.list', {}), refetchInterval: REFRESH_MS });
}

export function useStorages() {
  return useQuery({ ...operationQuery('storages.list', {}), refetchInterval: REFRESH_MS });
}
