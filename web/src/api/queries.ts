// Queries as TanStack Query options, so that every feature uses the same keys and the same rules of retry.
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { query } from './client';
import { ApiError } from './problem';
import type { Queries, QueryName } from './types';

export function operationQuery<Q extends QueryName>(name: Q, input: Queries[Q]['input']) {
  return queryOptions({
    queryKey: [name, input] as const,
    queryFn: ({ signal }): Promise<Queries[Q]['output']> => query(name, input, signal),
  });
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // Only what the server calls safe is asked again, and not for long: the page says what is wrong instead.
        retry: (count, error) => count < 2 && error instanceof ApiError && error.problem.retry === 'safe',
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
      mutations: { retry: false },
    },
  });
}
