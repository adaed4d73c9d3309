// Runs and plans from the server; a run can be watched live.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import {
  keepStream,
  openFeed,
  openStream,
  operationQuery,
  type PlanState,
  plans,
  type Run,
  runs,
  type StreamState,
} from '@/api';
import { applyRunEvent, isFinal, mergeRecord, type WatchedRun, watch } from './runState';

export const RUNS_SHOWN = 100;
export const PLANS_SHOWN = 200;

export function useRuns() {
  return useQuery({
    ...operationQuery('runs.list', { limit: RUNS_SHOWN }),
    // While something runs the counts change quickly; otherwise the bus feed tells when to look.
    refetchInterval: (query) => (query.state.data?.runs.some((run) => !isFinal(run.state)) ? 1_500 : 30_000),
  });
}

export function usePlan(id: string) {
  return useQuery({ queryKey: ['plan', id], queryFn: () => plans.get(id) });
}

/** Plans in one state; the bus feed tells when one comes or goes. */
export function usePlans(state: PlanState) {
  return useQuery({
    ...operationQuery('plans.list', { state, limit: PLANS_SHOWN }),
    refetchInterval: 30_000,
  });
}

/** Follows the bus: plans and runs that start or end anywhere are seen here at once. */
export function useBusFeed(): void {
  const client = useQueryClient();
  useEffect(
    () =>
      keepStream({
        open: (_, signal) => openFeed('events.watch', signal),
        onEvent: (event) => {
          if (!event.data.startsWith('{')) return;
          const { type } = JSON.parse(event.data) as { type?: string };
          if (type?.startsWith('run.')) {
            void client.invalidateQueries({ queryKey: ['runs.list'] });
            void client.invalidateQueries({ queryKey: ['guests.show'] });
          }
          if (type?.startsWith('run.') || type?.startsWith('plan.')) {
            // A schedule whose time has come makes a plan.
            void client.invalidateQueries({ queryKey: ['schedules.list'] });
            void client.invalidateQueries({ queryKey: ['schedules.show'] });
          }
          if (type?.startsWith('incident.')) void client.invalidateQueries({ queryKey: ['incident.show'] });
          if (type?.startsWith('plan.')) {
            void client.invalidateQueries({ queryKey: ['plan'] });
            void client.invalidateQueries({ queryKey: ['plans.list'] });
          }
        },
      }),
    [client],
  );
}

/** One run, live until it ends; with `log` the events of an ended run are read too, for its log. */
export function useWatchedRun(id: string, log: boolean) {
  const record = useQuery({ queryKey: ['run', id], queryFn: () => runs.get(id) });
  const [watched, setWatched] = useState<WatchedRun | null>(null);
  const [stream, setStream] = useState<StreamState>('connecting');
  const client = useQueryClient();

  const { data: latest } = record;
  useEffect(() => {
    if (latest) setWatched((old) => (old?.run.id === latest.id ? mergeRecord(old, latest) : watch(latest)));
  }, [latest]);

  const known = latest !== undefined;
  const needed = known && (log || !isFinal(latest.state));
  useEffect(() => {
    if (!needed) return;
    return keepStream({
      open: (lastId, signal) =>
        openStream(
          'GET',
          runs.eventsPath(id),
          signal,
          lastId === null ? {} : { headers: { 'Last-Event-ID': lastId } },
        ),
      onEvent: (event) => {
        const data: unknown = JSON.parse(event.data);
        if (data === null || typeof data !== 'object') return;
        setWatched(
          (old) => old && applyRunEvent(old, { type: event.event, data: data as Record<string, unknown> }),
        );
        if (event.event === 'run.finished') {
          for (const queryKey of [['run', id], ['runs.list'], ['guests.show'], ['snapshots.list']]) {
            void client.invalidateQueries({ queryKey });
          }
        }
      },
      onState: setStream,
      isLast: (event) => event.event === 'run.finished',
    });
    // `needed` turns false when the record is final; the stream then ends by itself.
  }, [id, needed, client]);

  return { watched, stream, error: record.error, retry: () => void record.refetch() };
}

export function useCancelRun(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => runs.cancel(id),
    onSuccess: (run: Run | undefined) => {
      if (run?.id) client.setQueryData(['run', id], run);
    },
  });
}
