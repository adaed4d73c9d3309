// The operations of the server, which do not change while it runs.
import { useQuery } from '@tanstack/react-query';
import { operationQuery } from '@/api';

export function useOperations() {
  return useQuery({ ...operationQuery('operations.list', {}), staleTime: Number.POSITIVE_INFINITY });
}

export function useOperation(op: string, enabled = true) {
  return useQuery({
    ...operationQuery('operations.show', { op }),
    staleTime: Number.POSITIVE_INFINITY,
    enabled,
  });
}
