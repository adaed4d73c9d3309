// Says on every page that nothing can be changed right now, by whom and why.
import { m } from '@/app/messages';
import classes from './policy.module.css';
import { useFreeze } from './queries';

export function FreezeNote() {
  const freeze = useFreeze().data?.freeze;
  if (!freeze) return null;
  return (
    <p className={classes.freeze} role="alert">
      <strong>{m.policy.frozen}</strong> {m.policy.frozenBy(freeze.by, freeze.reason, freeze.until)}
    </p>
  );
}
