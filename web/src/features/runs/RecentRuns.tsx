// The latest runs, those in progress first; used on the overview and, for one guest, on its page.
import { Link } from '@tanstack/react-router';
import type { RunRow } from '@/api';
import { m } from '@/app/messages';
import { Age, EmptyState, ErrorState, Panel, RunLink, SkeletonRows, StatusChip } from '@/ui';
import classes from './lists.module.css';
import { useRuns } from './queries';
import { isFinal } from './runState';

interface Props {
  title?: string;
  empty?: string;
  keep?: (run: RunRow) => boolean;
  most?: number;
}

export function RecentRuns({ title = m.overview.runs, empty = m.overview.noRuns, keep, most = 6 }: Props) {
  const runs = useRuns();
  const rows = (runs.data?.runs ?? []).filter((run) => keep?.(run) ?? true);
  const sorted = [...rows.filter((run) => !isFinal(run.state)), ...rows.filter((run) => isFinal(run.state))];
  return (
    <Panel title={title} flush aside={<Link to="/runs">{m.overview.allRuns}</Link>}>
      {runs.isPending ? (
        <SkeletonRows rows={4} />
      ) : runs.isError ? (
        <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
      ) : sorted.length === 0 ? (
        <EmptyState title={m.runs.empty}>{empty}</EmptyState>
      ) : (
        <ul className={classes.list}>
          {sorted.slice(0, most).map((run) => (
            <li key={run.id}>
              <div className={classes.line}>
                <RunLink id={run.id}>{run.summary}</RunLink>
                <StatusChip family="run" status={run.state} />
              </div>
              <div className={`${classes.below} tabular`}>
                <span>{m.runs.done(run.steps_done, run.steps)}</span>
                <span>{run.created_by}</span>
                <Age at={run.finished_at ?? run.started_at} />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
