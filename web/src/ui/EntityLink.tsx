// Every guest, node and run is the same link everywhere.
import { IconBox, IconDeviceDesktop, IconServer } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { GuestKind } from '@/api';
import { m } from '@/app/messages';

export function GuestLink(props: {
  cluster: string;
  vmid: number;
  name: string | null;
  kind?: GuestKind;
  tabIndex?: number | undefined;
}) {
  const { cluster, vmid, name, kind } = props;
  const Icon = kind === 'lxc' ? IconBox : IconDeviceDesktop;
  const text = name ?? m.guests.unnamed(vmid);
  return (
    <Link
      to="/guests/$cluster/$vmid"
      params={{ cluster, vmid: String(vmid) }}
      className="entity"
      title={`${text} (${cluster}/${vmid})`}
      tabIndex={props.tabIndex}
    >
      {kind && <Icon size={14} aria-hidden="true" />}
      <span className="entity-text">{text}</span>
    </Link>
  );
}

export function NodeLink({ cluster, node, tabIndex }: { cluster: string; node: string; tabIndex?: number }) {
  return (
    <Link
      to="/guests"
      search={{ node: `${cluster}/${node}` }}
      className="entity"
      title={`${cluster}/${node}`}
      tabIndex={tabIndex}
    >
      <IconServer size={14} aria-hidden="true" />
      <span className="entity-text">{node}</span>
    </Link>
  );
}

export function RunLink({ id, children }: { id: string; children: string }) {
  return (
    <Link to="/runs/$id" params={{ id }} className="entity" title={children}>
      <span className="entity-text">{children}</span>
    </Link>
  );
}

/** What a selector or target of a plan names (`cluster/node/id`, `cluster/id`) as a guest, when it does. */
export function guestOfTarget(target: string): { cluster: string; vmid: number } | null {
  const parts = target.split('/');
  const cluster = parts[0];
  const vmid = Number(parts[parts.length - 1]);
  if (parts.length < 2 || parts.length > 3 || !cluster || !Number.isInteger(vmid)) return null;
  return { cluster, vmid };
}
