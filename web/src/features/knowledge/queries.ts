// What is known, asked and read.
import { useQuery } from '@tanstack/react-query';
import { operationQuery, type Queries } from '@/api';

export type Source = Queries['knowledge.sources']['output']['sources'][number];
export type Embedder = Queries['knowledge.sources']['output']['embedder'];
export type Passage = Queries['knowledge.search']['output']['results'][number];
export type Citation = Queries['knowledge.ask']['output']['citations'][number];

/** A documentation does not change while somebody reads it. */
const KEPT_MS = 60_000;

export function useAnswer(question: string) {
  return useQuery({
    ...operationQuery('knowledge.ask', { question }),
    enabled: question !== '',
    staleTime: KEPT_MS,
  });
}

export function usePassages(question: string) {
  return useQuery({
    ...operationQuery('knowledge.search', { question }),
    enabled: question !== '',
    staleTime: KEPT_MS,
  });
}

/** Asked often only while something is being read. */
export function useSources() {
  return useQuery({
    ...operationQuery('knowledge.sources', {}),
    refetchInterval: ({ state }) =>
      state.data?.sources.some((source) => source.state === 'working') ? 1_000 : 15_000,
  });
}
