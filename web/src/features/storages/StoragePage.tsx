// One storage: what lies on it, which disks nobody refers to, and what can be done about them.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { operationQuery, type Queries } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import {
  Age,
  BytesMeter,
  EmptyState,
  ErrorState,
  Facts,
  formatBytes,
  GuestLink,
  Meters,
  PageHeader,
  Panel,
  ReasonButton,
  SkeletonRows,
  StatusChip,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import classes from './storages.module.css';
import { nameOf, volumeReference } from './volumes';

type Volume = Queries['storages.content']['output']['volumes'][number];

const columns: Column<Volume>[] = [
  {
    id: 'volume',
    header: m.storages.volume,
    value: (volume) => volume.volume,
    cell: (volume) => (
      <span className="entity-text mono" title={volume.volume}>
        {nameOf(volume.volume)}
      </span>
    ),
    width: 'minmax(180px, 2fr)',
  },
  {
    id: 'content',
    header: m.storages.content,
    value: (volume) => volume.content,
    cell: (volume) => volume.content ?? <Unknown />,
    width: '88px',
  },
  {
    id: 'guest',
    header: m.guests.one,
    value: (volume) => volume.vmid,
    cell: (volume) =>
      volume.vmid === null ? (
        m.plans.none
      ) : (
        <GuestLink cluster={volume.cluster} vmid={volume.vmid} name={volume.guest} />
      ),
    width: 'minmax(110px, 1fr)',
  },
  {
    id: 'node',
    header: m.guests.node,
    value: (volume) => volume.node,
    cell: (volume) => <span className="entity-text">{volume.node}</span>,
    width: '96px',
    hideBelow: 900,
  },
  {
    id: 'size',
    header: m.storages.size,
    value: (volume) => volume.size_bytes,
    cell: (volume) => (volume.size_bytes === null ? <Unknown /> : formatBytes(volume.size_bytes)),
    width: '96px',
    align: 'right',
  },
  {
    id: 'created',
    header: m.storages.created,
    value: (volume) => volume.created_at,
    cell: (volume) => <Age at={volume.created_at} />,
    width: '120px',
    hideBelow: 780,
  },
];

export function StoragePage() {
  const { cluster, storage } = useParams({ from: '/storages/$cluster/$storage' });
  return <Storage cluster={cluster} storage={storage} />;
}

export function Storage({ cluster, storage }: { cluster: string; storage: string }) {
  const input = { cluster, storage };
  const shown = useQuery({ ...operationQuery('storages.show', input), refetchInterval: 30_000 });
  const content = useQuery(operationQuery('storages.content', input));
  const [sort, setSort] = useState<Sort>({ id: 'volume', desc: false });
  const rows = useMemo(() => content.data?.volumes ?? [], [content.data]);
  const missing = content.data?.not_read ?? [];
  return (
    <div className="page-fill">
      <PageHeader
        title={storage}
        lead={shown.data && <StatusChip status={shown.data.enabled ? 'available' : 'disabled'} />}
        sentence={content.data ? m.storages.holds(rows.length, cluster) : ' '}
      />
      <div className="stack">
        {shown.isError ? (
          <ErrorState error={shown.error} onRetry={() => void shown.refetch()} />
        ) : (
          shown.data && <About detail={shown.data} />
        )}
        <Orphans cluster={cluster} storage={storage} />
      </div>
      {missing.map((entry) => (
        <p key={entry.what} role="status">
          {m.storages.notRead(entry.what, entry.reason)}
        </p>
      ))}
      {content.isPending ? (
        <SkeletonRows />
      ) : content.isError ? (
        <ErrorState error={content.error} onRetry={() => void content.refetch()} />
      ) : rows.length === 0 ? (
        <EmptyState title={m.storages.nothing} />
      ) : (
        <DataTable
          label={m.storages.content}
          rows={rows}
          columns={columns}
          rowId={volumeReference}
          rowName={(volume) => volume.volume}
          sort={sort}
          onSort={setSort}
          narrow={(volume) => (
            <TwoLines
              title={<span className="entity-text mono">{nameOf(volume.volume)}</span>}
              aside={volume.size_bytes === null ? <Unknown /> : formatBytes(volume.size_bytes)}
              below={[volume.content, volume.guest, volume.node].filter(Boolean).join(' · ')}
            />
          )}
        />
      )}
    </div>
  );
}

function About({ detail }: { detail: Queries['storages.show']['output'] }) {
  return (
    <Panel title={m.storages.about}>
      <Facts
        items={[
          { name: m.storages.type, value: detail.type },
          { name: m.storages.content, value: detail.content.join(', ') || m.plans.none },
          { name: m.storages.shared, value: detail.shared ? m.values.yes : m.values.no },
        ]}
      />
      <Meters>
        {detail.nodes.map((node) => (
          <BytesMeter
            key={node.node}
            label={m.storages.usedOn(node.node)}
            used={node.used_bytes}
            total={node.total_bytes}
            reason={node.error ?? (node.active ? undefined : m.storages.notActive)}
          />
        ))}
      </Meters>
    </Panel>
  );
}

/** Reading every guest costs the cluster requests: it is done when somebody asks for it. */
function Orphans({ cluster, storage }: { cluster: string; storage: string }) {
  const role = useRole();
  const propose = usePropose();
  const [asked, setAsked] = useState(false);
  const input = { cluster, storage };
  const orphans = useQuery({ ...operationQuery('storages.orphans', input), enabled: asked });
  const found = orphans.data?.orphans ?? [];
  const unsure = orphans.data?.not_known ?? [];
  const reason =
    role === 'viewer'
      ? m.operations.viewer
      : orphans.data && found.length === 0
        ? m.storages.noOrphans
        : null;
  return (
    <Panel
      title={m.storages.orphans}
      aside={
        orphans.data ? (
          <ReasonButton
            size="xs"
            variant="default"
            reason={reason}
            onClick={() => propose({ op: 'storages.clean_up', input })}
          >
            {m.storages.cleanUp}
          </ReasonButton>
        ) : (
          <ReasonButton
            size="xs"
            variant="default"
            reason={null}
            loading={orphans.isFetching}
            onClick={() => setAsked(true)}
          >
            {m.storages.look}
          </ReasonButton>
        )
      }
    >
      {orphans.isError ? (
        <ErrorState error={orphans.error} onRetry={() => void orphans.refetch()} />
      ) : !orphans.data ? (
        <p className={`dim ${classes.said}`}>{m.storages.orphansHint}</p>
      ) : (
        <>
          <p className={classes.said}>
            {m.storages.orphansFound(found.length, formatBytes(orphans.data.orphans_bytes), unsure.length)}
          </p>
          <ul className={classes.list}>
            {[...found, ...unsure].map((volume) => (
              <li key={volumeReference(volume)}>
                <span className="mono">{volume.volume}</span> <span className="dim">{volume.reason}</span>
              </li>
            ))}
            {orphans.data.not_read.map((entry) => (
              <li key={entry.what}>{m.storages.notRead(entry.what, entry.reason)}</li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}
