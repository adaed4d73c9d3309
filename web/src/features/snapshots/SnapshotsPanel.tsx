// Snapshots of one guest: what exists, make one, delete one (by way of a plan that asks for its name).
import { IconCamera } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';
import type { SnapshotRow } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import { Age, EmptyState, Panel, ReasonButton } from '@/ui';
import classes from './snapshots.module.css';

const SnapshotDialog = lazy(() =>
  import('./SnapshotDialog').then((module) => ({ default: module.SnapshotDialog })),
);

interface Props {
  guest: string;
  snapshots: SnapshotRow[];
  memoryPossible: boolean;
}

export function SnapshotsPanel({ guest, snapshots, memoryPossible }: Props) {
  const role = useRole();
  const propose = usePropose();
  const [asking, setAsking] = useState(false);
  const reason = role === 'viewer' ? m.operations.viewer : null;
  const newest = [...snapshots].sort((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''));
  return (
    <Panel
      title={m.snapshots.title}
      flush
      aside={
        <ReasonButton
          size="xs"
          variant="default"
          reason={reason}
          leftSection={<IconCamera size={14} aria-hidden="true" />}
          onClick={() => setAsking(true)}
        >
          {m.snapshots.create}
        </ReasonButton>
      }
    >
      {newest.length === 0 ? (
        <EmptyState title={m.snapshots.none} />
      ) : (
        <ul className={classes.list}>
          {newest.map((snapshot) => (
            <li key={snapshot.name} data-snapshot={snapshot.name}>
              <div className={classes.what}>
                <span className={`${classes.name} mono`} title={snapshot.name}>
                  {snapshot.name}
                </span>
                <span className="dim">
                  <Age at={snapshot.created_at} />
                  {snapshot.memory && ` · ${m.snapshots.withMemory}`}
                  {snapshot.parent && ` · ${m.snapshots.parent(snapshot.parent)}`}
                </span>
                {snapshot.description && <span className={classes.note}>{snapshot.description}</span>}
              </div>
              <ReasonButton
                size="xs"
                variant="subtle"
                color="gray"
                reason={reason}
                aria-label={m.snapshots.removeName(snapshot.name)}
                onClick={() =>
                  propose({ op: 'snapshots.delete', input: { guests: [guest], name: snapshot.name } })
                }
              >
                {m.snapshots.remove}
              </ReasonButton>
            </li>
          ))}
        </ul>
      )}
      {asking && (
        <Suspense>
          <SnapshotDialog guests={[guest]} memoryPossible={memoryPossible} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </Panel>
  );
}
