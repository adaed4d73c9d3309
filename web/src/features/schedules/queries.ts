// Schedules and runbooks from the server. They are the product's own: reading them costs the cluster nothing.
import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { act, operationQuery, type Queries } from '@/api';

export type ScheduleRow = Queries['schedules.list']['output']['schedules'][number];
export type ScheduleDetail = Queries['schedules.show']['output'];
export type RunbookRow = Queries['runbooks.list']['output']['runbooks'][number];
export type RunbookDetail = Queries['runbooks.show']['output'];

/** For so many rows what became of the last time is read too; it takes a query for each. */
const MOST_DETAILS = 50;
const EVERY_MS = 30_000;

export function useSchedules() {
  return useQuery({ ...operationQuery('schedules.list', {}), refetchInterval: EVERY_MS });
}

export function useSchedule(schedule: string) {
  return useQuery({ ...operationQuery('schedules.show', { schedule }), refetchInterval: EVERY_MS });
}

/** By id, as far as they are read. */
export function useDetails(rows: readonly ScheduleRow[]): ReadonlyMap<string, ScheduleDetail> {
  return useQueries({
    queries: rows.slice(0, MOST_DETAILS).map((row) => ({
      ...operationQuery('schedules.show', { schedule: row.name }),
      refetchInterval: EVERY_MS,
    })),
    combine: collect,
  });
}

function collect(results: { data: ScheduleDetail | undefined }[]): ReadonlyMap<string, ScheduleDetail> {
  const found = new Map<string, ScheduleDetail>();
  for (const { data } of results) if (data) found.set(data.id, data);
  return found;
}

export function useRunbooks() {
  return useQuery(operationQuery('runbooks.list', {}));
}

export function useRunbook(name: string) {
  return useQuery(operationQuery('runbooks.show', { name }));
}

/** An action on the product's own data: the call is the consent, and nothing on the page may be old then. */
export function useChange(op: string, onDone?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: Record<string, unknown>) => act(op, input),
    onSuccess: () => {
      void client.invalidateQueries();
      onDone?.();
    },
  });
}
