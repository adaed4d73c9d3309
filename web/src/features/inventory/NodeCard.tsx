// One node: state, what it carries, how busy it is.
import { Link } from '@tanstack/react-router';
import type { NodeRow } from '@/api';
import { m } from '@/app/messages';
import { BytesMeter, CpuMeter, formatDuration, StatusChip } from '@/ui';
import classes from './NodeCard.module.css';

export function NodeCard({ node, showCluster }: { node: NodeRow; showCluster: boolean }) {
  const down = node.status === 'online' ? undefined : m.values.nodeDown;
  return (
    <article className={classes.card} aria-label={node.node}>
      <div className={classes.head}>
        <Link
          to="/guests"
          search={{ node: `${node.cluster}/${node.node}` }}
          className={`${classes.name} entity`}
        >
          <span className="entity-text">{showCluster ? `${node.cluster}/${node.node}` : node.node}</span>
        </Link>
        <StatusChip status={node.status} />
      </div>
      <CpuMeter cpu={node.cpu} cores={node.cores} reason={down} />
      <BytesMeter
        label={m.overview.memory}
        used={node.memory_used_bytes}
        total={node.memory_bytes}
        reason={down}
      />
      <BytesMeter label={m.overview.disk} used={node.disk_used_bytes} total={node.disk_bytes} reason={down} />
      <p className={`${classes.foot} tabular`}>
        {m.overview.runningGuests(node.guests_running, node.guests)}
        {node.uptime_s !== null && <span>{`${m.guests.uptime} ${formatDuration(node.uptime_s)}`}</span>}
      </p>
    </article>
  );
}
