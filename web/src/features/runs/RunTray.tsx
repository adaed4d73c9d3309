// What runs right now, from every page; collapses to a pill.
import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconLoader2 } from '@tabler/icons-react';
import { m } from '@/app/messages';
import { RunLink, useKept } from '@/ui';
import classes from './lists.module.css';
import { useRuns } from './queries';
import { isFinal } from './runState';

export function RunTray() {
  const runs = useRuns();
  const [open, setOpen] = useKept<boolean>('tray', false);
  const active = (runs.data?.runs ?? []).filter((run) => !isFinal(run.state));
  if (active.length === 0) return null;
  if (!open) {
    return (
      <button type="button" className={classes.pill} onClick={() => setOpen(true)}>
        <IconLoader2 size={14} className="turning" aria-hidden="true" />
        {m.runs.trayPill(active.length)}
      </button>
    );
  }
  return (
    <aside className={classes.tray} aria-label={m.runs.tray}>
      <div className={classes.trayHead}>
        {m.runs.tray}
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.runs.trayCollapse}
          onClick={() => setOpen(false)}
        >
          <IconChevronDown size={16} />
        </ActionIcon>
      </div>
      <ul className={`${classes.list} ${classes.trayBody}`}>
        {active.map((run) => (
          <li key={run.id}>
            <div className={classes.line}>
              <RunLink id={run.id}>{run.summary}</RunLink>
              <span className="tabular dim">{m.runs.done(run.steps_done, run.steps)}</span>
            </div>
            <progress max={run.steps} value={run.steps_done} aria-label={run.summary} />
          </li>
        ))}
      </ul>
    </aside>
  );
}
