// One guest: what it is doing, what it consists of, what happened to it, what can be done next.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { asApiError, type GuestDetail, operationQuery, type RunRow } from '@/api';
import { m } from '@/app/messages';
import { FactsOfGuest } from '@/features/memory';
import { RecentRuns } from '@/features/runs';
import { SnapshotsPanel } from '@/features/snapshots';
import {
  AsOfNote,
  BytesMeter,
  CpuMeter,
  EmptyState,
  ErrorState,
  exactBytes,
  Facts,
  formatBytes,
  formatDuration,
  formatValue,
  guestOfTarget,
  Meters,
  NodeLink,
  PageHeader,
  Panel,
  SkeletonRows,
  Tags,
  Unknown,
} from '@/ui';
import { GuestStatus, reasonOf } from './columns';
import classes from './guests.module.css';
import { OperationButtons } from './OperationButtons';
import { selectorOf } from './operations';

export function GuestPage() {
  const { cluster, vmid } = useParams({ from: '/guests/$cluster/$vmid' });
  const selector = `${cluster}/${vmid}`;
  const detail = useQuery({ ...operationQuery('guests.show', { guest: selector }), refetchInterval: 15_000 });
  if (detail.isPending) {
    return (
      <div className="stack">
        <PageHeader title={`${m.guests.one} ${vmid}`} sentence=" " />
        <SkeletonRows rows={10} />
      </div>
    );
  }
  if (detail.isError && !detail.data) {
    const { status, code } = asApiError(detail.error);
    const gone = status === 404 || code === 'no_match';
    return (
      <div className="stack">
        <PageHeader title={`${m.guests.one} ${vmid}`} />
        {gone ? (
          <EmptyState title={m.guests.notFound(selector)}>{m.shell.notFoundHint}</EmptyState>
        ) : (
          <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />
        )}
      </div>
    );
  }
  return <GuestContent detail={detail.data} />;
}

/** A target is written `cluster/node/id`; the guest may have moved to another node since. */
function isTarget(target: string, guest: { cluster: string; vmid: number }): boolean {
  const found = guestOfTarget(target);
  return found?.cluster === guest.cluster && found.vmid === guest.vmid;
}

function GuestContent({ detail }: { detail: GuestDetail }) {
  const { guest, config, snapshots, description } = detail;
  const reason = reasonOf(guest);
  const entries = Object.entries(config ?? {}).filter(([key]) => key !== 'description' && key !== 'digest');
  const mine = (run: RunRow) => run.targets.some((target) => isTarget(target, guest));
  return (
    <div className="stack">
      <PageHeader
        title={guest.name ?? m.guests.unnamed(guest.vmid)}
        lead={<GuestStatus guest={guest} />}
        sentence={
          <>
            {`${guest.kind === 'qemu' ? m.guests.qemu : m.guests.lxc} ${guest.cluster}/${guest.vmid} · `}
            <AsOfNote asOf={detail.as_of.filter((entry) => entry.cluster === guest.cluster)} />
          </>
        }
        actions={<OperationButtons guests={[guest]} counted={false} />}
      />
      <FactsOfGuest reference={selectorOf(guest)} />
      <div className={classes.columns}>
        <div className="stack">
          <Panel title={m.guests.facts}>
            <Meters>
              <CpuMeter cpu={guest.cpu} cores={guest.cores} reason={reason} />
              <BytesMeter
                label={m.guests.memory}
                used={guest.memory_used_bytes}
                total={guest.memory_bytes}
                reason={reason}
              />
            </Meters>
            <Facts
              items={[
                {
                  name: m.guests.node,
                  value: guest.node ? <NodeLink cluster={guest.cluster} node={guest.node} /> : <Unknown />,
                },
                {
                  name: m.guests.uptime,
                  value:
                    guest.uptime_s === null ? <Unknown reason={reason} /> : formatDuration(guest.uptime_s),
                },
                {
                  name: m.guests.disk,
                  value:
                    guest.disk_bytes === null ? (
                      <Unknown />
                    ) : (
                      <span title={exactBytes(guest.disk_bytes)}>{formatBytes(guest.disk_bytes)}</span>
                    ),
                },
                { name: m.guests.pool, value: guest.pool ?? m.plans.none },
                { name: m.guests.ha, value: guest.ha_state ?? m.plans.none },
                { name: m.guests.lock, value: guest.lock ?? m.plans.none },
                {
                  name: m.guests.tags,
                  value: guest.tags.length > 0 ? <Tags tags={guest.tags} most={8} /> : m.plans.none,
                },
              ]}
            />
          </Panel>
          {description && (
            <Panel title={m.guests.description}>
              <p className={classes.notes}>{description}</p>
            </Panel>
          )}
          <Panel title={m.guests.config} flush>
            {entries.length === 0 ? (
              <EmptyState title={m.guests.noConfig} />
            ) : (
              <table className={classes.config}>
                <tbody>
                  {entries.map(([key, value]) => (
                    <tr key={key}>
                      <th scope="row" className="mono">
                        {key}
                      </th>
                      <td className="mono">{formatValue(value)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Panel>
        </div>
        <div className="stack">
          <SnapshotsPanel
            guest={selectorOf(guest)}
            snapshots={snapshots}
            memoryPossible={guest.kind === 'qemu' && guest.status === 'running'}
          />
          <RecentRuns title={m.guests.recent} empty={m.guests.noRecent} keep={mine} />
        </div>
      </div>
    </div>
  );
}
