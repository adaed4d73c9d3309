// A time as its distance from now; the absolute time on hover.
import { formatMoment, formatRelative } from './format';
import { Unknown } from './Unknown';
import { useNow } from './useNow';

export function Age({ at, missing }: { at: string | null; missing?: string }) {
  const now_ms = useNow();
  if (at === null) return <Unknown reason={missing} />;
  return (
    <time dateTime={at} title={formatMoment(at)} className="tabular">
      {formatRelative(at, now_ms)}
    </time>
  );
}
