// Every other operation on guests, from the registry: chosen in a menu, filled in in a form, planned like all others.
import { Button, Menu } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { GuestRow } from '@/api';
import { m } from '@/app/messages';
import { useOperations } from '@/features/operations';
import { operations as buttons, selectorOf } from './operations';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

const NOUNS = ['guests.', 'snapshots.'];
const shown = new Set<string>(buttons.map(({ op }) => op));
/** Those that make a guest have none to act on. */
const WITHOUT_GUESTS = new Set(['guests.create']);

export function MoreOperations({ guests }: { guests: readonly GuestRow[] }) {
  const all = useOperations();
  const [op, setOp] = useState<string | null>(null);
  const rows = useMemo(
    () =>
      (all.data?.operations ?? []).filter(
        ({ name, kind }) =>
          kind === 'action' &&
          NOUNS.some((noun) => name.startsWith(noun)) &&
          !shown.has(name) &&
          !WITHOUT_GUESTS.has(name),
      ),
    [all.data],
  );
  if (rows.length === 0) return null;
  const [only] = guests;
  const selectors = guests.map(selectorOf);
  return (
    <>
      <Menu position="bottom-end" shadow="none" width={320}>
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            aria-label={m.operations.moreLabel}
            rightSection={<IconChevronDown size={14} aria-hidden="true" />}
          >
            {m.operations.more}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah="60vh" style={{ overflowY: 'auto' }}>
          {rows.map(({ name, summary, risk }) => (
            <Menu.Item
              key={name}
              {...(risk === 'destructive' ? { color: 'red' } : {})}
              onClick={() => setOp(name)}
            >
              {summary}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {op && (
        <Suspense>
          <OperationDialog
            op={op}
            given={{ guests: selectors, ...(only && guests.length === 1 ? { guest: selectorOf(only) } : {}) }}
            onClose={() => setOp(null)}
          />
        </Suspense>
      )}
    </>
  );
}
