// Runs: what was done, by whom, and how it ended.
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { RunRow } from '@/api';
import { m } from '@/app/messages';
import {
  Age,
  EmptyState,
  ErrorState,
  formatDuration,
  PageHeader,
  RunLink,
  SkeletonRows,
  StatusChip,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import { useRuns } from './queries';
import { isFinal } from './runState';

function tookSeconds(run: RunRow): number | null {
  if (!run.started_at || !run.finished_at) return null;
  return (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000;
}

const columns: Column<RunRow>[] = [
  {
    id: 'summary',
    header: m.runs.what,
    value: (run) => run.summary,
    cell: (run) => <RunLink id={run.id}>{run.summary}</RunLink>,
    width: 'minmax(200px, 3fr)',
  },
  {
    id: 'state',
    header: m.runs.state,
    value: (run) => run.state,
    cell: (run) => <StatusChip family="run" status={run.state} />,
    width: '120px',
  },
  {
    id: 'steps',
    header: m.runs.progress,
    value: (run) => (run.steps > 0 ? run.steps_done / run.steps : null),
    cell: (run) => m.runs.done(run.steps_done, run.steps),
    width: '88px',
    align: 'right',
  },
  {
    id: 'by',
    header: m.runs.by,
    value: (run) => run.created_by,
    cell: (run) => <span className="entity-text">{run.created_by}</span>,
    width: 'minmax(96px, 1fr)',
  },
  {
    id: 'started',
    header: m.runs.started,
    value: (run) => run.started_at,
    cell: (run) => <Age at={run.started_at} />,
    width: '128px',
    align: 'right',
  },
  {
    id: 'took',
    header: m.runs.took,
    value: tookSeconds,
    cell: (run) => {
      const seconds = tookSeconds(run);
      return seconds === null ? <Unknown reason={m.runs.states[run.state]} /> : formatDuration(seconds);
    },
    width: '88px',
    align: 'right',
  },
];

export function RunsPage() {
  const runs = useRuns();
  const navigate = useNavigate();
  const [sort, setSort] = useState<Sort>({ id: 'started', desc: true });
  const rows = useMemo(() => runs.data?.runs ?? [], [runs.data]);
  const active = rows.filter((run) => !isFinal(run.state)).length;
  return (
    <div className="page-fill">
      <PageHeader title={m.runs.title} sentence={runs.data ? m.runs.summary(active, rows.length) : ' '} />
      {runs.isPending ? (
        <SkeletonRows />
      ) : runs.isError ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.runs.empty}>{m.runs.emptyHint}</EmptyState>
      ) : (
        <DataTable
          label={m.runs.title}
          rows={rows}
          columns={columns}
          rowId={(run) => run.id}
          rowName={(run) => run.summary}
          sort={sort}
          onSort={setSort}
          onOpen={(run) => void navigate({ to: '/runs/$id', params: { id: run.id } })}
          narrow={(run) => (
            <TwoLines
              title={<RunLink id={run.id}>{run.summary}</RunLink>}
              aside={<StatusChip family="run" status={run.state} />}
              below={
                <>
                  {m.runs.done(run.steps_done, run.steps)} · {run.created_by} · <Age at={run.started_at} />
                </>
              }
            />
          )}
        />
      )}
    </div>
  );
}
