// How old the data on this page is; speaks up by cluster when it is stale or the cluster cannot be reached.
import { IconAlertTriangle, IconClock } from '@tabler/icons-react';
import type { AsOf } from '@/api';
import { m } from '@/app/messages';
import { formatDuration, formatRelative } from './format';
import { useNow } from './useNow';

export function AsOfNote({ asOf }: { asOf: AsOf[] }) {
  const now_ms = useNow();
  if (asOf.length === 0) return null;
  const age = (entry: AsOf) => (entry.at ? formatDuration((now_ms - Date.parse(entry.at)) / 1000) : null);
  const troubled = asOf.filter((entry) => entry.state !== 'fresh');
  if (troubled.length === 0) {
    const oldest = asOf.reduce<string | null>((old, { at }) => (at && (!old || at < old) ? at : old), null);
    if (!oldest) return null;
    return <span className="as-of tabular">{m.asOf.fresh(formatRelative(oldest, now_ms))}</span>;
  }
  return (
    <span className="as-of">
      {troubled.map((entry) => {
        const away = entry.state === 'unreachable';
        const Icon = away ? IconAlertTriangle : IconClock;
        return (
          <span
            key={entry.cluster}
            className={`status ${away ? 'tone-bad' : 'tone-warn'} tabular`}
            title={entry.error ?? undefined}
          >
            <Icon size={12} aria-hidden="true" />
            <span>
              {away
                ? m.asOf.unreachable(entry.cluster, age(entry))
                : m.asOf.stale(entry.cluster, age(entry) ?? m.values.unknown)}
            </span>
          </span>
        );
      })}
    </span>
  );
}
