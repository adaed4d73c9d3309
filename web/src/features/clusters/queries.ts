// The clusters the server knows.
import { useQuery } from '@tanstack/react-query';
import { operationQuery } from '@/api';

export function useClusters() {
  return useQuery({ ...operationQuery('clusters.list', {}), refetchInterval: 10_000 });
}
