// How many plans wait, beside the link to them; nothing when none does.
import { m } from '@/app/messages';
import classes from './lists.module.css';
import { PLANS_SHOWN } from './queries';
import { useWaiting } from './useWaiting';

export function WaitingCount() {
  const count = useWaiting().length;
  if (count === 0) return null;
  return (
    <span className={`${classes.count} tabular`} title={m.plans.waiting(count)}>
      <span aria-hidden="true">{count < PLANS_SHOWN ? count : `${PLANS_SHOWN}+`}</span>
      <span className="visually-hidden">{m.plans.waiting(count)}</span>
    </span>
  );
}
