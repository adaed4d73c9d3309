// One node: how it is, what runs on it, what it lacks, and taking it down without its guests.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { operationQuery, type Queries } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import {
  Age,
  BytesMeter,
  CpuMeter,
  EmptyState,
  ErrorState,
  Facts,
  formatDuration,
  GuestLink,
  Meters,
  PageHeader,
  Panel,
  ReasonButton,
  SkeletonRows,
  StatusChip,
  Unknown,
} from '@/ui';
import classes from './nodes.module.css';

type Detail = Queries['nodes.show']['output'];

export function NodePage() {
  const { cluster, node } = useParams({ from: '/nodes/$cluster/$node' });
  return <Node cluster={cluster} node={node} />;
}

export function Node({ cluster, node }: { cluster: string; node: string }) {
  const reference = `${cluster}/${node}`;
  const detail = useQuery({ ...operationQuery('nodes.show', { node: reference }), refetchInterval: 15_000 });
  if (detail.isPending) {
    return (
      <div className="stack">
        <PageHeader title={node} sentence=" " />
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (detail.isError) {
    return (
      <div className="stack">
        <PageHeader title={node} />
        <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />
      </div>
    );
  }
  const online = detail.data.node.status === 'online';
  return (
    <div className="stack">
      <PageHeader
        title={node}
        lead={<StatusChip status={detail.data.node.status} />}
        sentence={m.nodes.runs(detail.data.node.guests_running, detail.data.node.guests, cluster)}
        actions={<Buttons reference={reference} detail={detail.data} />}
      />
      {detail.data.error && <p role="status">{detail.data.error}</p>}
      <About detail={detail.data} />
      <Guests detail={detail.data} />
      {online && <Updates reference={reference} />}
      {online && <Services reference={reference} />}
    </div>
  );
}

function Buttons({ reference, detail }: { reference: string; detail: Detail }) {
  const role = useRole();
  const propose = usePropose();
  const online = detail.node.status === 'online';
  const viewer = role === 'viewer' ? m.operations.viewer : null;
  if (!online) {
    return (
      <ReasonButton
        variant="default"
        reason={viewer}
        onClick={() => propose({ op: 'nodes.wake', input: { nodes: [reference] } })}
      >
        {m.nodes.wake}
      </ReasonButton>
    );
  }
  const empty = detail.node.guests_running === 0 ? m.nodes.nothingRuns : null;
  const input = { node: reference, evacuate: true, with_local_disks: false };
  return (
    <>
      <ReasonButton
        variant="default"
        reason={viewer ?? empty}
        onClick={() =>
          propose({
            op: 'nodes.evacuate',
            input: { node: reference, stopped: false, with_local_disks: false },
          })
        }
      >
        {m.nodes.evacuate}
      </ReasonButton>
      <ReasonButton variant="default" reason={viewer} onClick={() => propose({ op: 'nodes.reboot', input })}>
        {m.nodes.reboot}
      </ReasonButton>
      <ReasonButton
        variant="default"
        reason={viewer}
        onClick={() => propose({ op: 'nodes.shutdown', input })}
      >
        {m.nodes.shutdown}
      </ReasonButton>
    </>
  );
}

/** `pve-manager/9.1.7/0123456789abcdef` is release 9.1.7; what is written otherwise stands as it is. */
export function releaseOf(version: string | null | undefined): string | null {
  return /^pve-manager\/([^/]+)/.exec(version ?? '')?.[1] ?? version ?? null;
}

function About({ detail }: { detail: Detail }) {
  const { node, status } = detail;
  const reason = node.status === 'online' ? undefined : m.values.nodeDown;
  const text = (value: string | null | undefined) => value ?? <Unknown reason={reason} />;
  return (
    <Panel title={m.guests.facts}>
      <Meters>
        <CpuMeter cpu={node.cpu} cores={node.cores} reason={reason} />
        <BytesMeter
          label={m.guests.memory}
          used={node.memory_used_bytes}
          total={node.memory_bytes}
          reason={reason}
        />
        <BytesMeter
          label={m.overview.disk}
          used={node.disk_used_bytes}
          total={node.disk_bytes}
          reason={reason}
        />
      </Meters>
      <Facts
        items={[
          {
            name: m.guests.uptime,
            value: node.uptime_s === null ? <Unknown reason={reason} /> : formatDuration(node.uptime_s),
          },
          {
            name: m.nodes.version,
            value: (
              <span title={status?.pve_version ?? undefined}>{text(releaseOf(status?.pve_version))}</span>
            ),
          },
          { name: m.nodes.kernel, value: text(status?.kernel) },
          { name: m.nodes.processor, value: text(status?.cpu_model) },
          {
            name: m.nodes.load,
            value: status?.load_average ? status.load_average.join(' · ') : <Unknown reason={reason} />,
          },
        ]}
      />
    </Panel>
  );
}

function Guests({ detail }: { detail: Detail }) {
  return (
    <Panel title={m.nodes.guests}>
      {detail.guests.length === 0 ? (
        <EmptyState title={m.nodes.noGuests} />
      ) : (
        <ul className={classes.list}>
          {detail.guests.map((guest) => (
            <li key={guest.vmid}>
              <GuestLink cluster={guest.cluster} vmid={guest.vmid} name={guest.name} kind={guest.kind} />
              <StatusChip status={guest.template ? 'template' : guest.status} />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Updates({ reference }: { reference: string }) {
  const role = useRole();
  const propose = usePropose();
  const updates = useQuery(operationQuery('nodes.updates', { nodes: [reference] }));
  const [of] = updates.data?.nodes ?? [];
  return (
    <Panel
      title={m.nodes.updates}
      aside={
        <ReasonButton
          size="xs"
          variant="default"
          reason={role === 'viewer' ? m.operations.viewer : null}
          onClick={() => propose({ op: 'nodes.refresh_updates', input: { nodes: [reference] } })}
        >
          {m.nodes.lookForUpdates}
        </ReasonButton>
      }
    >
      {updates.isError ? (
        <ErrorState error={updates.error} onRetry={() => void updates.refetch()} />
      ) : !of ? (
        <SkeletonRows rows={2} />
      ) : of.updates === null ? (
        <p role="status">{of.error}</p>
      ) : (
        <>
          <p className={classes.said}>
            {m.nodes.updatesFound(of.updates.length, of.updates.filter((each) => each.kernel).length)}
            <span className="dim">
              {' '}
              {m.nodes.listsOf} <Age at={of.lists_fetched_at} />
            </span>
          </p>
          <ul className={classes.list}>
            {of.updates.map((each) => (
              <li key={each.package}>
                <span className="mono">{each.package}</span>
                <span className="dim mono">{m.nodes.fromTo(each.installed, each.available)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function Services({ reference }: { reference: string }) {
  const services = useQuery(operationQuery('nodes.services', { node: reference }));
  const rows = services.data?.services ?? [];
  return (
    <Panel title={m.nodes.services}>
      {services.isError ? (
        <ErrorState error={services.error} onRetry={() => void services.refetch()} />
      ) : services.isPending ? (
        <SkeletonRows rows={4} />
      ) : (
        <Facts items={rows.map((row) => ({ name: row.service, value: row.state ?? <Unknown /> }))} />
      )}
    </Panel>
  );
}
