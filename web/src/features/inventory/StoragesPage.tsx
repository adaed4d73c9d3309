// Storages: where the space is, and where it runs out.
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { StorageRow } from '@/api';
import { m } from '@/app/messages';
import {
  AsOfNote,
  BytesMeter,
  EmptyState,
  ErrorState,
  formatBytes,
  formatPercent,
  PageHeader,
  SkeletonRows,
  StatusChip,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import { useStorages } from './live';
import { isNearlyFull } from './sentence';

const share = (storage: StorageRow) =>
  storage.used_bytes !== null && storage.total_bytes ? storage.used_bytes / storage.total_bytes : null;
const nodesOf = (storage: StorageRow) =>
  storage.nodes.length > 2 ? m.storages.allNodes(storage.nodes.length) : storage.nodes.join(', ');

const columns: Column<StorageRow>[] = [
  {
    id: 'storage',
    header: m.guests.name,
    value: (storage) => storage.storage,
    cell: (storage) => <span className="entity-text">{storage.storage}</span>,
    width: 'minmax(120px, 1.2fr)',
  },
  {
    id: 'where',
    header: m.guests.node,
    value: nodesOf,
    cell: (storage) => (
      <span className="entity-text" title={storage.nodes.join(', ')}>
        {nodesOf(storage)}
      </span>
    ),
    width: 'minmax(100px, 1fr)',
  },
  {
    id: 'cluster',
    header: m.guests.cluster,
    value: (storage) => storage.cluster,
    cell: (storage) => storage.cluster,
    width: 'minmax(80px, 0.8fr)',
    hideBelow: 900,
  },
  {
    id: 'status',
    header: m.guests.status,
    value: (storage) => storage.status,
    cell: (storage) => <StatusChip status={storage.status} />,
    width: '104px',
  },
  {
    id: 'type',
    header: m.storages.type,
    value: (storage) => storage.type,
    cell: (storage) => storage.type ?? <Unknown />,
    width: '88px',
  },
  {
    id: 'content',
    header: m.storages.content,
    value: (storage) => storage.content.join(', '),
    cell: (storage) => (
      <span className="entity-text" title={storage.content.join(', ')}>
        {storage.content.join(', ')}
      </span>
    ),
    width: 'minmax(120px, 1.4fr)',
    hideBelow: 800,
  },
  {
    id: 'shared',
    header: m.storages.shared,
    value: (storage) => (storage.shared ? 1 : 0),
    cell: (storage) => (storage.shared ? m.values.yes : m.values.no),
    width: '72px',
    hideBelow: 960,
  },
  {
    id: 'use',
    header: m.storages.use,
    value: share,
    cell: (storage) => (
      <BytesMeter label={m.storages.use} used={storage.used_bytes} total={storage.total_bytes} bare />
    ),
    width: 'minmax(160px, 1.2fr)',
    align: 'right',
  },
];

export function StoragesPage() {
  const storages = useStorages();
  const navigate = useNavigate();
  const [sort, setSort] = useState<Sort>({ id: 'use', desc: true });
  const rows = useMemo(() => storages.data?.storages ?? [], [storages.data]);
  return (
    <div className="page-fill">
      <PageHeader
        title={m.storages.title}
        sentence={storages.data ? m.storages.summary(rows.length, rows.filter(isNearlyFull).length) : ' '}
        actions={<AsOfNote asOf={storages.data?.as_of ?? []} />}
      />
      {storages.isPending ? (
        <SkeletonRows />
      ) : storages.isError ? (
        <ErrorState error={storages.error} onRetry={() => void storages.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.storages.empty} />
      ) : (
        <DataTable
          label={m.storages.title}
          rows={rows}
          columns={columns}
          rowId={(storage) =>
            `${storage.cluster}/${storage.storage}/${storage.shared ? '' : storage.nodes.join()}`
          }
          rowName={(storage) => storage.storage}
          sort={sort}
          onSort={setSort}
          onOpen={(storage) =>
            void navigate({
              to: '/storages/$cluster/$storage',
              params: { cluster: storage.cluster, storage: storage.storage },
            })
          }
          narrow={(storage) => {
            const used = share(storage);
            return (
              <TwoLines
                title={<span className="entity-text">{storage.storage}</span>}
                aside={<StatusChip status={storage.status} />}
                below={[
                  nodesOf(storage),
                  storage.type,
                  used !== null && storage.total_bytes !== null
                    ? m.values.of(formatPercent(used), formatBytes(storage.total_bytes))
                    : m.values.unknown,
                ]
                  .filter(Boolean)
                  .join(' · ')}
              />
            );
          }}
        />
      )}
    </div>
  );
}
