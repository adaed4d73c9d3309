// Schedules: what comes by the calendar, when next, and what became of it last.
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import {
  Age,
  EmptyState,
  ErrorState,
  formatDuration,
  LightLink,
  PageHeader,
  ReasonButton,
  SkeletonRows,
  StatusChip,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import { type ScheduleDetail, type ScheduleRow, useDetails, useSchedules } from './queries';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

interface Row extends ScheduleRow {
  detail: ScheduleDetail | undefined;
}

const hrefOf = (row: ScheduleRow) => `/schedules/${encodeURIComponent(row.name)}`;
const stateOf = (row: ScheduleRow) => (row.enabled ? 'on' : 'off');
const whenOf = (row: ScheduleRow) =>
  row.time_zone === 'UTC' ? row.calendar : `${row.calendar} ${row.time_zone}`;

function Next({ row }: { row: ScheduleRow }) {
  if (!row.enabled) return <Unknown reason={m.schedules.off} />;
  return <Age at={row.next_at} missing={m.schedules.never} />;
}

function Last({ row }: { row: Row }) {
  if (!row.detail) return <Unknown reason={m.schedules.lastNotRead} />;
  const [firing] = row.detail.firings;
  if (!firing) return <Unknown reason={m.schedules.lastNone} />;
  return (
    <>
      <StatusChip family="firing" status={firing.outcome} note={firing.text} />{' '}
      <span className="dim">
        <Age at={firing.due_at} />
      </span>
    </>
  );
}

const columns: Column<Row>[] = [
  {
    id: 'name',
    header: m.schedules.name,
    value: (row) => row.name,
    cell: (row) => (
      <LightLink href={hrefOf(row)} className="entity" title={row.note ?? row.name}>
        <span className="entity-text">{row.name}</span>
      </LightLink>
    ),
    width: 'minmax(140px, 2fr)',
  },
  {
    id: 'state',
    header: m.schedules.state,
    value: stateOf,
    cell: (row) => <StatusChip family="schedule" status={stateOf(row)} />,
    width: '64px',
  },
  {
    id: 'does',
    header: m.schedules.does,
    value: (row) => row.what,
    cell: (row) => <span className="entity-text">{row.what}</span>,
    width: 'minmax(140px, 2fr)',
  },
  {
    id: 'when',
    header: m.schedules.when,
    value: whenOf,
    cell: (row) => (
      <span className="entity-text mono" title={whenOf(row)}>
        {whenOf(row)}
      </span>
    ),
    width: 'minmax(120px, 1.5fr)',
  },
  {
    id: 'windows',
    header: m.schedules.windows,
    value: (row) => row.detail?.windows.join(', ') ?? null,
    cell: (row) =>
      !row.detail ? (
        <Unknown reason={m.schedules.lastNotRead} />
      ) : row.detail.windows.length === 0 ? (
        <span className="dim">{m.schedules.anyTime}</span>
      ) : (
        <span className="entity-text mono" title={row.detail.windows.join(', ')}>
          {row.detail.windows.join(', ')}
        </span>
      ),
    width: 'minmax(96px, 1fr)',
    hideBelow: 1000,
  },
  {
    id: 'jitter',
    header: m.schedules.jitter,
    value: (row) => row.detail?.jitter_s ?? null,
    cell: (row) =>
      row.detail ? (
        row.detail.jitter_s === 0 ? (
          <span className="dim">{m.plans.none}</span>
        ) : (
          formatDuration(row.detail.jitter_s)
        )
      ) : (
        <Unknown reason={m.schedules.lastNotRead} />
      ),
    width: '72px',
    align: 'right',
    hideBelow: 1000,
  },
  {
    id: 'last',
    header: m.schedules.last,
    value: (row) => row.detail?.firings[0]?.due_at ?? null,
    cell: (row) => <Last row={row} />,
    width: '220px',
  },
  {
    id: 'next',
    header: m.schedules.next,
    value: (row) => (row.enabled ? row.next_at : null),
    cell: (row) => <Next row={row} />,
    width: '112px',
    align: 'right',
  },
];

export function SchedulesPage() {
  const schedules = useSchedules();
  const role = useRole();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  const [sort, setSort] = useState<Sort>({ id: 'next', desc: false });
  const listed = useMemo(() => schedules.data?.schedules ?? [], [schedules.data]);
  const details = useDetails(listed);
  const rows = useMemo(
    () => listed.map((row) => ({ ...row, detail: details.get(row.id) })),
    [listed, details],
  );
  const on = rows.filter((row) => row.enabled).length;
  return (
    <div className="page-fill">
      <PageHeader
        title={m.schedules.title}
        sentence={schedules.data ? m.schedules.summary(on, rows.length) : ' '}
        actions={
          <ReasonButton
            reason={role === 'viewer' ? m.operations.viewer : null}
            onClick={() => setAdding(true)}
          >
            {m.schedules.add}
          </ReasonButton>
        }
      />
      {schedules.isPending ? (
        <SkeletonRows />
      ) : schedules.isError ? (
        <ErrorState error={schedules.error} onRetry={() => void schedules.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.schedules.empty}>{m.schedules.emptyHint}</EmptyState>
      ) : (
        <DataTable
          label={m.schedules.title}
          rows={rows}
          columns={columns}
          rowId={(row) => row.id}
          rowName={(row) => row.name}
          sort={sort}
          onSort={setSort}
          faded={(row) => !row.enabled}
          onOpen={(row) => void navigate({ to: '/schedules/$schedule', params: { schedule: row.name } })}
          narrow={(row) => (
            <TwoLines
              title={
                <LightLink href={hrefOf(row)} className="entity" title={row.name}>
                  <span className="entity-text">{row.name}</span>
                </LightLink>
              }
              aside={<StatusChip family="schedule" status={stateOf(row)} />}
              below={
                <>
                  {row.what} · {row.calendar} · <Next row={row} />
                </>
              }
            />
          )}
        />
      )}
      {adding && (
        <Suspense>
          <OperationDialog op="schedules.create" given={{}} onClose={() => setAdding(false)} />
        </Suspense>
      )}
    </div>
  );
}
