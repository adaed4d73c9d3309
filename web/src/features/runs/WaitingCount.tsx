// How many plans wait, beside the link to them; nothing when none does.
import { m } from '@/app/messages';
import classes from './lists.module.css';
import { useWaiting } from './useWaiting';

export function WaitingCount() {
  const { plans, more } = useWaiting();
  const count = plans.length;
  if (count === 0) return null;
  return (
    <span className={`${classes.count} tabular`} title={m.plans.waiting(count, more)}>
      <span aria-hidden="true">{more ? `${count}+` : count}</span>
      <span className="visually-hidden">{m.plans.waiting(count, more)}</span>
    </span>
  );
}
