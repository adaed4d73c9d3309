// Columns of the guest table.
import { IconLock } from '@tabler/icons-react';
import type { GuestRow } from '@/api';
import { m } from '@/app/messages';
import {
  BytesMeter,
  CpuMeter,
  exactBytes,
  formatBytes,
  formatDuration,
  GuestLink,
  NodeLink,
  StatusChip,
  Tags,
  Unknown,
} from '@/ui';
import type { Column } from '@/ui/table';

export const reasonOf = (guest: GuestRow) => (guest.status === 'stopped' ? m.values.notRunning : undefined);

export function GuestStatus({ guest }: { guest: GuestRow }) {
  return (
    <>
      <StatusChip status={guest.template ? 'template' : guest.status} />
      {guest.lock && (
        <span className="status tone-warn" title={m.status.locked(guest.lock)}>
          <IconLock size={12} aria-hidden="true" />
          <span className="visually-hidden">{m.status.locked(guest.lock)}</span>
        </span>
      )}
    </>
  );
}

export const guestColumns: Column<GuestRow>[] = [
  {
    id: 'name',
    header: m.guests.name,
    value: (guest) => guest.name,
    cell: (guest) => (
      <GuestLink
        cluster={guest.cluster}
        vmid={guest.vmid}
        name={guest.name}
        kind={guest.kind}
        tabIndex={-1}
      />
    ),
    width: 'minmax(160px, 2fr)',
  },
  {
    id: 'id',
    header: m.guests.id,
    value: (guest) => guest.vmid,
    cell: (guest) => guest.vmid,
    width: '72px',
    align: 'right',
  },
  {
    id: 'status',
    header: m.guests.status,
    value: (guest) => (guest.template ? 'template' : guest.status),
    cell: (guest) => <GuestStatus guest={guest} />,
    width: '112px',
  },
  {
    id: 'node',
    header: m.guests.node,
    value: (guest) => guest.node,
    cell: (guest) =>
      guest.node ? <NodeLink cluster={guest.cluster} node={guest.node} tabIndex={-1} /> : <Unknown />,
    width: 'minmax(96px, 1fr)',
  },
  {
    id: 'cpu',
    header: m.guests.cpu,
    value: (guest) => guest.cpu,
    cell: (guest) => <CpuMeter cpu={guest.cpu} cores={guest.cores} reason={reasonOf(guest)} bare />,
    width: '88px',
    align: 'right',
  },
  {
    id: 'memory',
    header: m.guests.memory,
    value: (guest) =>
      guest.memory_used_bytes !== null && guest.memory_bytes
        ? guest.memory_used_bytes / guest.memory_bytes
        : null,
    cell: (guest) => (
      <BytesMeter
        label={m.guests.memory}
        used={guest.memory_used_bytes}
        total={guest.memory_bytes}
        reason={reasonOf(guest)}
        bare
      />
    ),
    width: 'minmax(144px, 1fr)',
    align: 'right',
  },
  {
    id: 'disk',
    header: m.guests.disk,
    value: (guest) => guest.disk_bytes,
    cell: (guest) =>
      guest.disk_bytes === null ? (
        <Unknown />
      ) : (
        <span title={exactBytes(guest.disk_bytes)}>{formatBytes(guest.disk_bytes)}</span>
      ),
    width: '88px',
    align: 'right',
    hideBelow: 880,
  },
  {
    id: 'uptime',
    header: m.guests.uptime,
    value: (guest) => guest.uptime_s,
    cell: (guest) =>
      guest.uptime_s === null ? <Unknown reason={reasonOf(guest)} /> : formatDuration(guest.uptime_s),
    width: '96px',
    align: 'right',
    hideBelow: 760,
  },
  {
    id: 'tags',
    header: m.guests.tags,
    value: (guest) => guest.tags.join(' ') || null,
    cell: (guest) => <Tags tags={guest.tags} />,
    width: 'minmax(96px, 1fr)',
    hideBelow: 980,
  },
];
