// Ctrl-K: one input for pages, guests and operations. A combobox with a list, all by keyboard.
import { Modal } from '@mantine/core';
import { IconArrowRight, IconBolt, IconDeviceDesktop } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, lazy, Suspense, useMemo, useState } from 'react';
import type { GuestRow } from '@/api';
import { selectorOf } from '@/features/guests';
import { useInventory } from '@/features/inventory';
import { usePropose } from '@/features/runs';
import { StatusChip } from '@/ui';
import { m } from '../messages';
import { useRole } from '../session';
import classes from './Palette.module.css';
import { type PaletteItem, paletteItems } from './paletteItems';

const SnapshotDialog = lazy(() =>
  import('@/features/snapshots/dialog').then((module) => ({ default: module.SnapshotDialog })),
);
const icons = { page: IconArrowRight, guest: IconDeviceDesktop, operation: IconBolt };
const NO_GUESTS: readonly GuestRow[] = [];

export function Palette({ onClose }: { onClose: () => void }) {
  const role = useRole();
  const navigate = useNavigate();
  const propose = usePropose();
  const inventory = useInventory();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [snapshot, setSnapshot] = useState<GuestRow | null>(null);
  const guests = inventory.data?.guests ?? NO_GUESTS;
  const items = useMemo(() => paletteItems(text, guests, role), [text, guests, role]);
  const current = Math.min(at, Math.max(0, items.length - 1));

  const choose = (item: PaletteItem | undefined) => {
    if (!item) return;
    if (item.kind === 'page') {
      void navigate({ to: item.page.to });
      onClose();
    } else if (item.kind === 'guest') {
      void navigate({
        to: '/guests/$cluster/$vmid',
        params: { cluster: item.guest.cluster, vmid: String(item.guest.vmid) },
      });
      onClose();
    } else if (item.reason === null) {
      if (item.op === 'snapshots.create') {
        setSnapshot(item.guest);
        return;
      }
      propose({ op: item.op, input: { guests: [selectorOf(item.guest)] } });
      onClose();
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt((current + 1) % Math.max(1, items.length));
    else if (event.key === 'ArrowUp') setAt((current - 1 + items.length) % Math.max(1, items.length));
    else if (event.key === 'Enter') choose(items[current]);
    else return;
    event.preventDefault();
  };

  if (snapshot) {
    return (
      <Suspense>
        <SnapshotDialog
          guests={[selectorOf(snapshot)]}
          memoryPossible={snapshot.kind === 'qemu' && snapshot.status === 'running'}
          onClose={onClose}
        />
      </Suspense>
    );
  }
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      size={560}
      padding={0}
      yOffset="12vh"
      attributes={{ content: { 'aria-label': m.palette.title } }}
    >
      <input
        className={classes.input}
        role="combobox"
        aria-label={m.palette.title}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={items.length > 0 ? `palette-${current}` : undefined}
        aria-autocomplete="list"
        placeholder={m.palette.placeholder}
        value={text}
        data-autofocus
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label={m.palette.title} className={classes.list}>
        {items.map((item, index) => {
          const Icon = icons[item.kind];
          const off = item.kind === 'operation' ? item.reason : null;
          return (
            <div
              key={`${item.kind} ${item.id}`}
              id={`palette-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              aria-disabled={off !== null}
              className={classes.item}
              title={off ?? undefined}
              onClick={() => choose(item)}
              onKeyDown={onKeyDown}
              onPointerMove={() => setAt(index)}
            >
              <Icon size={14} aria-hidden="true" />
              <span className="entity-text">{item.text}</span>
              <span className={classes.aside}>
                {off ?? (item.kind === 'page' ? null : <StatusChip status={item.guest.status} />)}
              </span>
            </div>
          );
        })}
      </div>
      {items.length === 0 && <p className={classes.hint}>{m.palette.empty}</p>}
      <p className={classes.hint}>{m.palette.keys}</p>
    </Modal>
  );
}
