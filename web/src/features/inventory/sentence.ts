// "Is everything all right?" in one sentence, from what is known.
import type { AsOf, ClusterRow, GuestRow, NodeRow } from '@/api';
import { m } from '@/app/messages';
import { formatDuration } from '@/ui';

export interface Fleet {
  nodes: NodeRow[];
  guests: GuestRow[];
  clusters: ClusterRow[];
  asOf: AsOf[];
}

export function fleetSentence({ nodes, guests, clusters, asOf }: Fleet, now_ms: number): string {
  const online = nodes.filter((node) => node.status === 'online').length;
  const real = guests.filter((guest) => !guest.template);
  const running = real.filter((guest) => guest.status === 'running').length;
  const stale = asOf.filter((entry) => entry.state === 'stale');
  const away = asOf.filter((entry) => entry.state === 'unreachable');
  const oldest_s = Math.max(
    0,
    ...stale.map((entry) => (entry.at ? (now_ms - Date.parse(entry.at)) / 1000 : (entry.age_s ?? 0))),
  );
  const parts = [m.overview.nodesOnline(online, nodes.length), m.overview.guestsRun(running, real.length)];
  if (stale.length > 0) parts.push(m.overview.clustersStale(stale.length, formatDuration(oldest_s)));
  if (away.length > 0) parts.push(m.overview.clustersAway(away.length));
  for (const cluster of clusters)
    if (cluster.quorate === false) parts.push(m.overview.quorumLost(cluster.id));
  return `${parts.join(', ')}.`;
}

/** Storages by use, the fullest first; those whose use is not known are left out. */
export function byUse<T extends { used_bytes: number | null; total_bytes: number | null }>(
  storages: T[],
): T[] {
  const share = (storage: T) => (storage.used_bytes ?? 0) / (storage.total_bytes ?? 1);
  return storages
    .filter((storage) => storage.used_bytes !== null && (storage.total_bytes ?? 0) > 0)
    .sort((a, b) => share(b) - share(a));
}

export const NEARLY_FULL = 0.8;

export function isNearlyFull(storage: { used_bytes: number | null; total_bytes: number | null }): boolean {
  const { used_bytes, total_bytes } = storage;
  return (
    used_bytes !== null && total_bytes !== null && total_bytes > 0 && used_bytes / total_bytes > NEARLY_FULL
  );
}
