// The rules in force and the freeze.
import { useQuery } from '@tanstack/react-query';
import { operationQuery } from '@/api';

export function usePolicy() {
  return useQuery({ ...operationQuery('policy.show', {}), refetchInterval: 30_000 });
}

/** Any process may freeze, so it is asked for even when the bus is silent. */
export function useFreeze() {
  return useQuery({ ...operationQuery('incident.show', {}), refetchInterval: 10_000 });
}
