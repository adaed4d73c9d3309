// The buttons that act on guests; each leads to a plan. The hard stop stands apart from its harmless siblings.
import { lazy, Suspense, useState } from 'react';
import type { GuestRow } from '@/api';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import { ReasonButton } from '@/ui';
import classes from './guests.module.css';
import { MoreOperations } from './MoreOperations';
import { offer, operations, selectorOf } from './operations';

const SnapshotDialog = lazy(() =>
  import('@/features/snapshots/dialog').then((module) => ({ default: module.SnapshotDialog })),
);

export function OperationButtons({ guests, counted }: { guests: readonly GuestRow[]; counted: boolean }) {
  const role = useRole();
  const propose = usePropose();
  const [snapshot, setSnapshot] = useState<readonly GuestRow[] | null>(null);
  return (
    <>
      {operations.map(({ op, label, icon: Icon }) => {
        const { guests: fitting, reason } = offer(op, guests, role);
        const stop = op === 'guests.stop';
        return (
          <ReasonButton
            key={op}
            size="xs"
            variant="default"
            className={stop ? (classes.apart ?? '') : ''}
            reason={reason}
            leftSection={<Icon size={14} aria-hidden="true" />}
            onClick={() => {
              if (op === 'snapshots.create') setSnapshot(fitting);
              else propose({ op, input: { guests: fitting.map(selectorOf) } });
            }}
          >
            {counted && !reason ? `${label} ${fitting.length}` : label}
          </ReasonButton>
        );
      })}
      {role !== 'viewer' && guests.length > 0 && <MoreOperations guests={guests} />}
      {snapshot && (
        <Suspense>
          <SnapshotDialog
            guests={snapshot.map(selectorOf)}
            memoryPossible={snapshot.some((guest) => guest.kind === 'qemu' && guest.status === 'running')}
            onClose={() => setSnapshot(null)}
          />
        </Suspense>
      )}
    </>
  );
}
