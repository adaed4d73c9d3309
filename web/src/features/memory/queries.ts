// What is kept, as far as the signed-in person may see it.
import { useQuery } from '@tanstack/react-query';
import { operationQuery, type Queries } from '@/api';

export type Fact = Queries['memory.list']['output']['facts'][number];
export type Proposal = Queries['memory.propose_rules']['output']['proposals'][number];
export type Recalled = Queries['memory.recall']['output']['facts'][number];

export function useFacts() {
  return useQuery({ ...operationQuery('memory.list', {}), refetchInterval: 30_000 });
}

/** The facts that matter for a plan. A plan stays the same, so they are asked for once. */
export function useFactsOfPlan(plan: string) {
  return useQuery({ ...operationQuery('memory.recall', { plan }), staleTime: 60_000, retry: false });
}

export function useFactsOfGuest(reference: string) {
  return useQuery({
    ...operationQuery('memory.recall', { guests: [reference] }),
    staleTime: 30_000,
    retry: false,
  });
}

/** What restrictions would be as rules, and which are in force; asked only where there are any. */
export function useRules(any: boolean) {
  return useQuery({ ...operationQuery('memory.propose_rules', {}), enabled: any, refetchInterval: 30_000 });
}
