// Clusters: can each be reached, how old is what we know, what do we ask of it.

import type { ClusterRow } from '@/api';
import { m } from '@/app/messages';
import {
  Age,
  EmptyState,
  ErrorState,
  exactBytes,
  Facts,
  formatBytes,
  formatCount,
  PageHeader,
  Panel,
  SkeletonRows,
  StatusChip,
  Unknown,
} from '@/ui';
import { useClusters } from './queries';

export function ClustersPage() {
  const clusters = useClusters();
  const rows = clusters.data?.clusters ?? [];
  const online = rows.filter((cluster) => cluster.state === 'online').length;
  return (
    <div className="stack">
      <PageHeader
        title={m.clusters.title}
        sentence={clusters.data ? m.clusters.summary(online, rows.length) : ' '}
      />
      {clusters.isPending ? (
        <SkeletonRows rows={2} height={180} />
      ) : clusters.isError ? (
        <ErrorState error={clusters.error} onRetry={() => void clusters.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.overview.nothing}>
          <p className="dim">{m.overview.connectHint}</p>
          <code>{m.overview.connectCommand}</code>
        </EmptyState>
      ) : (
        rows.map((cluster) => <ClusterPanel key={cluster.id} cluster={cluster} />)
      )}
    </div>
  );
}

function count(part: number | null, all: number | null) {
  return part === null || all === null ? <Unknown /> : m.values.of(formatCount(part), formatCount(all));
}

function ClusterPanel({ cluster }: { cluster: ClusterRow }) {
  const { requests } = cluster;
  const quorum =
    cluster.quorate === null ? (
      <Unknown />
    ) : cluster.quorate ? (
      m.clusters.quorate
    ) : (
      <span className="tone-bad tone-text">{m.clusters.notQuorate}</span>
    );
  return (
    <Panel title={cluster.id} aside={<StatusChip status={cluster.state} note={cluster.error} />}>
      {cluster.error && <p className="tone-bad tone-text">{cluster.error}</p>}
      <Facts
        items={[
          { name: m.clusters.address, value: <span className="mono">{cluster.url}</span> },
          { name: m.clusters.version, value: cluster.pve_version ?? <Unknown /> },
          {
            name: m.clusters.age,
            value: <Age at={cluster.at} missing={cluster.error ?? m.values.notReported} />,
          },
          { name: m.clusters.quorum, value: quorum },
          { name: m.clusters.nodes, value: count(cluster.nodes_online, cluster.nodes) },
          { name: m.clusters.guests, value: count(cluster.guests_running, cluster.guests) },
          {
            name: m.clusters.requests,
            value: requests ? (
              <span className="tabular">
                {formatCount(requests.count)}
                {requests.failed > 0 && (
                  <span className="tone-warn tone-text">{` (${m.clusters.failed(requests.failed)})`}</span>
                )}
              </span>
            ) : (
              <Unknown />
            ),
          },
          {
            name: m.clusters.received,
            value: requests ? (
              <span title={exactBytes(requests.bytes_received)}>{formatBytes(requests.bytes_received)}</span>
            ) : (
              <Unknown />
            ),
          },
          {
            name: m.clusters.limit,
            value: requests?.per_second_limit ? m.clusters.perSecond(requests.per_second_limit) : <Unknown />,
          },
          {
            name: m.clusters.fingerprint,
            wide: true,
            value: cluster.fingerprint ? <span className="mono">{cluster.fingerprint}</span> : <Unknown />,
          },
        ]}
      />
    </Panel>
  );
}
