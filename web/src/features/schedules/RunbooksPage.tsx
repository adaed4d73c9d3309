// Runbooks: operations with parameters that were written down; new ones by hand or from a file.
import { useNavigate } from '@tanstack/react-router';
import { type ChangeEvent, lazy, Suspense, useRef, useState } from 'react';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import {
  Age,
  EmptyState,
  ErrorState,
  LightLink,
  PageHeader,
  ReasonButton,
  SkeletonRows,
  TwoLines,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import { type RunbookRow, useRunbooks } from './queries';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

/** A file that is larger was chosen by mistake; it is not read into the form. */
const MOST_BYTES = 1024 * 1024;
const none: RunbookRow[] = [];

const link = (row: RunbookRow) => (
  <LightLink href={`/runbooks/${encodeURIComponent(row.name)}`} className="entity" title={row.name}>
    <span className="entity-text">{row.name}</span>
  </LightLink>
);

const columns: Column<RunbookRow>[] = [
  {
    id: 'name',
    header: m.runbooks.name,
    value: (row) => row.name,
    cell: link,
    width: 'minmax(140px, 1fr)',
  },
  {
    id: 'summary',
    header: m.runbooks.about,
    value: (row) => row.summary,
    cell: (row) => (
      <span className="entity-text" title={row.summary}>
        {row.summary}
      </span>
    ),
    width: 'minmax(200px, 3fr)',
  },
  {
    id: 'by',
    header: m.runbooks.by,
    value: (row) => row.created_by,
    cell: (row) => <span className="entity-text">{row.created_by}</span>,
    width: 'minmax(96px, 1fr)',
  },
  {
    id: 'saved',
    header: m.runbooks.saved,
    value: (row) => row.created_at,
    cell: (row) => <Age at={row.created_at} />,
    width: '112px',
    align: 'right',
  },
];

export function RunbooksPage() {
  const runbooks = useRunbooks();
  const role = useRole();
  const navigate = useNavigate();
  const [sort, setSort] = useState<Sort>({ id: 'name', desc: false });
  const [writing, setWriting] = useState<Record<string, unknown> | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const rows = runbooks.data?.runbooks ?? none;
  const reason = role === 'viewer' ? m.operations.viewer : null;

  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const input = event.currentTarget;
    const chosen = input.files?.[0];
    if (!chosen) return;
    setRefused(chosen.size > MOST_BYTES ? m.runbooks.tooLarge(chosen.name) : null);
    if (chosen.size <= MOST_BYTES) setWriting({ source: await chosen.text() });
    // The same file can be chosen once more.
    input.value = '';
  };

  return (
    <div className="page-fill">
      <PageHeader
        title={m.runbooks.title}
        sentence={runbooks.data ? m.runbooks.summary(rows.length) : ' '}
        actions={
          <>
            <ReasonButton reason={reason} onClick={() => setWriting({})}>
              {m.runbooks.add}
            </ReasonButton>
            <ReasonButton variant="default" reason={reason} onClick={() => file.current?.click()}>
              {m.runbooks.import}
            </ReasonButton>
            <input
              ref={file}
              type="file"
              accept=".yaml,.yml,text/yaml"
              hidden
              aria-label={m.runbooks.import}
              onChange={(event) => void read(event)}
            />
          </>
        }
      />
      {refused && <p role="alert">{refused}</p>}
      {runbooks.isPending ? (
        <SkeletonRows />
      ) : runbooks.isError ? (
        <ErrorState error={runbooks.error} onRetry={() => void runbooks.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.runbooks.empty}>{m.runbooks.emptyHint}</EmptyState>
      ) : (
        <DataTable
          label={m.runbooks.title}
          rows={rows}
          columns={columns}
          rowId={(row) => row.name}
          rowName={(row) => row.name}
          sort={sort}
          onSort={setSort}
          onOpen={(row) => void navigate({ to: '/runbooks/$name', params: { name: row.name } })}
          narrow={(row) => (
            <TwoLines title={link(row)} aside={<Age at={row.created_at} />} below={row.summary} />
          )}
        />
      )}
      {writing && (
        <Suspense>
          <OperationDialog op="runbooks.create" given={writing} onClose={() => setWriting(null)} />
        </Suspense>
      )}
    </div>
  );
}
