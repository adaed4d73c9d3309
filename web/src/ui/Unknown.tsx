// A value that is not known: a dash, never a zero, with the reason on hover and for screen readers.
import { m } from '@/app/messages';

export function Unknown({ reason = m.values.notReported }: { reason?: string | undefined }) {
  return (
    <span className="unknown" title={reason}>
      <span aria-hidden="true">–</span>
      <span className="visually-hidden">{`${m.values.unknown}: ${reason}`}</span>
    </span>
  );
}
