// What is known, asked and read.
import { useQuery } from '@tanstack/react-query';
import { operationQuery, type Queries } from '@/api';
import type { Scope } from './scope';

export type Sources = Queries['knowledge.sources']['output'];
export type Source = Sources['sources'][number];
export type Embedder = Sources['embedder'];
export type Note = Queries['knowledge.notes']['output']['notes'][number];

/** A documentation does not change while somebody reads it. */
const KEPT_MS = 60_000;

export function useAnswer(question: string, scope: Scope) {
  return useQuery({
    ...operationQuery('knowledge.ask', { question, ...scope }),
    enabled: question !== '' && scope.source === undefined,
    staleTime: KEPT_MS,
  });
}

export function usePassages(question: string, scope: Scope) {
  return useQuery({
    ...operationQuery('knowledge.search', { question, ...scope }),
    enabled: question !== '',
    staleTime: KEPT_MS,
  });
}

/** Asked often only while something is being read or embedded. */
export function useSources() {
  return useQuery({
    ...operationQuery('knowledge.sources', {}),
    refetchInterval: ({ state }) =>
      state.data?.sources.some((source) => source.state === 'working') || state.data?.embedder.working
        ? 1_000
        : 15_000,
  });
}

export function useNotes() {
  return useQuery({ ...operationQuery('knowledge.notes', {}), refetchInterval: 30_000 });
}

/** Clusters by whose names their documentation is known. */
export function useConnected(): ReadonlySet<string> | null {
  const { data } = useQuery({ ...operationQuery('clusters.list', {}), staleTime: KEPT_MS });
  return data ? new Set(data.clusters.map((cluster) => cluster.id)) : null;
}
