// What can be done to guests, to which of them, and why not to the others.
import {
  IconCamera,
  IconPlayerPlay,
  IconPower,
  IconRefresh,
  IconSquareX,
  type TablerIcon,
} from '@tabler/icons-react';
import type { GuestRow, Role } from '@/api';
import { m } from '@/app/messages';

export type GuestOperation =
  | 'guests.start'
  | 'guests.shutdown'
  | 'guests.reboot'
  | 'guests.stop'
  | 'snapshots.create';

interface Description {
  op: GuestOperation;
  label: string;
  icon: TablerIcon;
  fits: (guest: GuestRow) => boolean;
  why: { one: string; many: string };
}

const running = (guest: GuestRow) => guest.status !== 'stopped' && !guest.template;
const whyNotRunning = { one: m.operations.oneNotRunning, many: m.operations.notRunning };

export const operations: Description[] = [
  {
    op: 'guests.start',
    label: m.operations.start,
    icon: IconPlayerPlay,
    fits: (guest) => guest.status !== 'running' && !guest.template,
    why: { one: m.operations.oneAlreadyRunning, many: m.operations.alreadyRunning },
  },
  { op: 'guests.shutdown', label: m.operations.shutdown, icon: IconPower, fits: running, why: whyNotRunning },
  { op: 'guests.reboot', label: m.operations.reboot, icon: IconRefresh, fits: running, why: whyNotRunning },
  {
    op: 'snapshots.create',
    label: m.operations.snapshot,
    icon: IconCamera,
    fits: (guest) => !guest.template,
    why: { one: m.operations.templateSnapshot, many: m.operations.templateSnapshot },
  },
  { op: 'guests.stop', label: m.operations.stop, icon: IconSquareX, fits: running, why: whyNotRunning },
];

/** The guests an operation would act on, or the reason why it cannot. */
export function offer(op: GuestOperation, guests: readonly GuestRow[], role: Role) {
  const description = operations.find((each) => each.op === op);
  const fitting = description ? guests.filter(description.fits) : [];
  const reason = (): string | null => {
    if (guests.length === 0) return m.operations.nothing;
    if (role === 'viewer') return m.operations.viewer;
    if (fitting.length > 0 || !description) return null;
    if (guests.every((guest) => guest.template)) {
      return op === 'snapshots.create' ? m.operations.templateSnapshot : m.operations.template;
    }
    return guests.length === 1 ? description.why.one : description.why.many;
  };
  return { guests: fitting, reason: reason() };
}

export const selectorOf = (guest: GuestRow) => `${guest.cluster}/${guest.vmid}`;
