// What may be typed into a field, from what the console knows already: nothing is asked of the cluster for it.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { operationQuery } from '@/api';
import { selectorOf } from '@/features/guests';
import { useInventory } from '@/features/inventory';

const GUEST_FIELDS = new Set(['guest', 'guests']);
const NODE_FIELDS = new Set(['node', 'nodes', 'target', 'target_node']);
const STORAGE_FIELDS = new Set(['storage', 'storages', 'target_storage']);
const none: string[] = [];

export function useSuggestions(field: string): string[] {
  const inventory = useInventory();
  const operations = useQuery({
    ...operationQuery('operations.list', {}),
    enabled: field === 'op',
    staleTime: Number.POSITIVE_INFINITY,
  });
  const nodes = useQuery({ ...operationQuery('nodes.list', {}), enabled: NODE_FIELDS.has(field) });
  const storages = useQuery({ ...operationQuery('storages.list', {}), enabled: STORAGE_FIELDS.has(field) });
  const guests = inventory.data?.guests;
  return useMemo(() => {
    if (field === 'op') return operations.data?.operations.map((row) => row.name) ?? none;
    if (NODE_FIELDS.has(field)) return unique(nodes.data?.nodes.map((row) => row.node) ?? none);
    if (STORAGE_FIELDS.has(field)) return unique(storages.data?.storages.map((row) => row.storage) ?? none);
    if (GUEST_FIELDS.has(field) && guests) {
      // Names are for people; where a name fits several guests the address says which.
      const seen = new Map<string, number>();
      for (const { name } of guests) if (name) seen.set(name, (seen.get(name) ?? 0) + 1);
      return guests.map((guest) =>
        guest.name && seen.get(guest.name) === 1 ? guest.name : selectorOf(guest),
      );
    }
    return none;
  }, [field, guests, nodes.data, storages.data, operations.data]);
}

const unique = (names: string[]) => [...new Set(names)].sort();
