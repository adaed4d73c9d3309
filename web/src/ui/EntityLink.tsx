// Every guest, node and run is the same link everywhere.
import { IconBox, IconDeviceDesktop, IconServer } from '@tabler/icons-react';
import type { GuestKind } from '@/api';
import { m } from '@/app/messages';
import { LightLink } from './LightLink';

interface Guest {
  cluster: string;
  vmid: number;
  name: string | null;
  kind?: GuestKind;
  tabIndex?: number;
}

export function GuestLink({ cluster, vmid, name, kind, tabIndex }: Guest) {
  const Icon = kind === 'lxc' ? IconBox : IconDeviceDesktop;
  const text = name ?? m.guests.unnamed(vmid);
  return (
    <LightLink
      href={`/guests/${encodeURIComponent(cluster)}/${vmid}`}
      className="entity"
      title={`${text} (${cluster}/${vmid})`}
      tabIndex={tabIndex}
    >
      {kind && <Icon size={14} aria-hidden="true" />}
      <span className="entity-text">{text}</span>
    </LightLink>
  );
}

export function NodeLink({ cluster, node, tabIndex }: { cluster: string; node: string; tabIndex?: number }) {
  return (
    <LightLink
      href={`/guests?node=${encodeURIComponent(`${cluster}/${node}`)}`}
      className="entity"
      title={`${cluster}/${node}`}
      tabIndex={tabIndex}
    >
      <IconServer size={14} aria-hidden="true" />
      <span className="entity-text">{node}</span>
    </LightLink>
  );
}

export function RunLink({ id, children }: { id: string; children: string }) {
  return (
    <LightLink href={`/runs/${encodeURIComponent(id)}`} className="entity" title={children}>
      <span className="entity-text">{children}</span>
    </LightLink>
  );
}

export function PlanLink({ id, children }: { id: string; children: string }) {
  return (
    <LightLink href={`/plans/${encodeURIComponent(id)}`} className="entity" title={children}>
      <span className="entity-text">{children}</span>
    </LightLink>
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
