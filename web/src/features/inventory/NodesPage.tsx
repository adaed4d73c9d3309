// Nodes: every node of every cluster with its load.
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { NodeRow } from '@/api';
import { m } from '@/app/messages';
import {
  AsOfNote,
  BytesMeter,
  CpuMeter,
  EmptyState,
  ErrorState,
  formatDuration,
  formatPercent,
  NodeLink,
  PageHeader,
  SkeletonRows,
  StatusChip,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import { useNodes } from './live';

const reason = (node: NodeRow) => (node.status === 'online' ? undefined : m.values.nodeDown);
const share = (used: number | null, total: number | null) => (used !== null && total ? used / total : null);

const columns: Column<NodeRow>[] = [
  {
    id: 'node',
    header: m.guests.node,
    value: (node) => node.node,
    cell: (node) => <NodeLink cluster={node.cluster} node={node.node} />,
    width: 'minmax(120px, 1.5fr)',
  },
  {
    id: 'cluster',
    header: m.guests.cluster,
    value: (node) => node.cluster,
    cell: (node) => node.cluster,
    width: 'minmax(80px, 1fr)',
    hideBelow: 900,
  },
  {
    id: 'status',
    header: m.guests.status,
    value: (node) => node.status,
    cell: (node) => <StatusChip status={node.status} />,
    width: '100px',
  },
  {
    id: 'cpu',
    header: m.guests.cpu,
    value: (node) => node.cpu,
    cell: (node) => <CpuMeter cpu={node.cpu} cores={node.cores} reason={reason(node)} bare />,
    width: 'minmax(88px, 0.8fr)',
    align: 'right',
  },
  {
    id: 'memory',
    header: m.guests.memory,
    value: (node) => share(node.memory_used_bytes, node.memory_bytes),
    cell: (node) => (
      <BytesMeter
        label={m.guests.memory}
        used={node.memory_used_bytes}
        total={node.memory_bytes}
        reason={reason(node)}
        bare
      />
    ),
    width: 'minmax(150px, 1fr)',
    align: 'right',
  },
  {
    id: 'disk',
    header: m.overview.disk,
    value: (node) => share(node.disk_used_bytes, node.disk_bytes),
    cell: (node) => (
      <BytesMeter
        label={m.overview.disk}
        used={node.disk_used_bytes}
        total={node.disk_bytes}
        reason={reason(node)}
        bare
      />
    ),
    width: 'minmax(150px, 1fr)',
    align: 'right',
  },
  {
    id: 'guests',
    header: m.nodes.guests,
    value: (node) => node.guests,
    cell: (node) => m.overview.runningGuests(node.guests_running, node.guests),
    width: '140px',
    align: 'right',
    hideBelow: 780,
  },
  {
    id: 'uptime',
    header: m.guests.uptime,
    value: (node) => node.uptime_s,
    cell: (node) =>
      node.uptime_s === null ? <Unknown reason={reason(node)} /> : formatDuration(node.uptime_s),
    width: '96px',
    align: 'right',
    hideBelow: 980,
  },
];

export function NodesPage() {
  const nodes = useNodes();
  const navigate = useNavigate();
  const [sort, setSort] = useState<Sort>({ id: 'node', desc: false });
  const rows = useMemo(() => nodes.data?.nodes ?? [], [nodes.data]);
  const online = rows.filter((node) => node.status === 'online').length;
  return (
    <div className="page-fill">
      <PageHeader
        title={m.nodes.title}
        sentence={nodes.data ? m.nodes.summary(online, rows.length) : ' '}
        actions={<AsOfNote asOf={nodes.data?.as_of ?? []} />}
      />
      {nodes.isPending ? (
        <SkeletonRows />
      ) : nodes.isError ? (
        <ErrorState error={nodes.error} onRetry={() => void nodes.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.nodes.empty} />
      ) : (
        <DataTable
          label={m.nodes.title}
          rows={rows}
          columns={columns}
          rowId={(node) => `${node.cluster}/${node.node}`}
          rowName={(node) => node.node}
          sort={sort}
          onSort={setSort}
          onOpen={(node) =>
            void navigate({
              to: '/nodes/$cluster/$node',
              params: { cluster: node.cluster, node: node.node },
            })
          }
          faded={(node) => node.status !== 'online'}
          narrow={(node) => (
            <TwoLines
              title={<NodeLink cluster={node.cluster} node={node.node} />}
              aside={<StatusChip status={node.status} />}
              below={[
                node.cpu === null ? null : `${m.guests.cpu} ${formatPercent(node.cpu)}`,
                node.memory_used_bytes !== null && node.memory_bytes
                  ? `${m.guests.memory} ${formatPercent(node.memory_used_bytes / node.memory_bytes)}`
                  : null,
                m.overview.runningGuests(node.guests_running, node.guests),
              ]
                .filter((part) => part !== null)
                .join(' · ')}
            />
          )}
        />
      )}
    </div>
  );
}
