// Says that the server does not answer while the pages go on showing what they know.
import { asApiError } from '@/api';
import { useInventory } from '@/features/inventory';
import { m } from '../messages';
import classes from './shell.module.css';

export function OfflineNote() {
  const { error } = useInventory();
  if (!error || asApiError(error).code !== 'no_answer') return null;
  return (
    <p className={classes.offline} role="status">
      {m.shell.offline}
    </p>
  );
}
