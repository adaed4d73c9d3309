// What the palette offers for what was typed: pages, guests, and operations on guests ("stop web-02").
import type { GuestRow, Role } from '@/api';
import { type GuestOperation, offer, operations } from '@/features/guests';
import { m } from '../messages';
import { type Page, pages } from './pages';

export type PaletteItem =
  | { kind: 'page'; id: string; text: string; page: Page }
  | { kind: 'guest'; id: string; text: string; guest: GuestRow }
  | {
      kind: 'operation';
      id: string;
      text: string;
      op: GuestOperation;
      guest: GuestRow;
      reason: string | null;
    };

const MOST_GUESTS = 8;

const nameOf = (guest: GuestRow) => guest.name ?? m.guests.unnamed(guest.vmid);

function findGuests(guests: readonly GuestRow[], text: string): GuestRow[] {
  if (text === '') return [];
  const found = guests.filter(
    (guest) => nameOf(guest).toLowerCase().includes(text) || String(guest.vmid) === text,
  );
  // Whoever types a whole name wants that guest first, then those that begin with it.
  const rank = (guest: GuestRow) => {
    const name = nameOf(guest).toLowerCase();
    return name === text || String(guest.vmid) === text ? 0 : name.startsWith(text) ? 1 : 2;
  };
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, MOST_GUESTS);
}

export function paletteItems(typed: string, guests: readonly GuestRow[], role: Role): PaletteItem[] {
  const text = typed.trim().toLowerCase();
  const items: PaletteItem[] = [];
  for (const { op, label } of operations) {
    const verb = label.toLowerCase();
    const rest = [verb, verb.replace(' ', '')].find((each) => text.startsWith(`${each} `));
    if (rest === undefined) continue;
    for (const guest of findGuests(guests, text.slice(rest.length).trim())) {
      const { reason } = offer(op, [guest], role);
      items.push({
        kind: 'operation',
        id: `${op} ${guest.cluster}/${guest.vmid}`,
        text: `${label} ${nameOf(guest)}`,
        op,
        guest,
        reason,
      });
    }
  }
  for (const page of pages) {
    if (page.label.toLowerCase().includes(text))
      items.push({ kind: 'page', id: page.to, text: page.label, page });
  }
  const found = findGuests(guests, text);
  for (const guest of found) {
    items.push({
      kind: 'guest',
      id: `${guest.cluster}/${guest.vmid}`,
      text: m.palette.guest(nameOf(guest), guest.vmid),
      guest,
    });
  }
  const only = found[0];
  if (only && (found.length === 1 || nameOf(only).toLowerCase() === text)) {
    for (const { op, label } of operations) {
      const { reason } = offer(op, [only], role);
      if (reason === null) {
        items.push({
          kind: 'operation',
          id: `${op} ${only.cluster}/${only.vmid}`,
          text: `${label} ${nameOf(only)}`,
          op,
          guest: only,
          reason,
        });
      }
    }
  }
  return items;
}
