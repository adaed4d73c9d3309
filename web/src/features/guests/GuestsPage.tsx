// Guests: "which one, and what can I do to it?"
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import type { GuestRow } from '@/api';
import { m } from '@/app/messages';
import { guestId, useInventory } from '@/features/inventory';
import {
  AsOfNote,
  EmptyState,
  ErrorState,
  formatBytes,
  formatPercent,
  GuestLink,
  PageHeader,
  SkeletonRows,
  TwoLines,
} from '@/ui';
import { DataTable, nothingSelected, type Selection } from '@/ui/table';
import { GuestStatus, guestColumns } from './columns';
import { FilterBar } from './FilterBar';
import { filterGuests, readFilter } from './filter';
import classes from './guests.module.css';
import { OperationButtons } from './OperationButtons';

const nameOf = (guest: GuestRow) => guest.name ?? m.guests.unnamed(guest.vmid);
const NO_GUESTS: readonly GuestRow[] = [];

function narrow(guest: GuestRow) {
  const parts = [
    String(guest.vmid),
    guest.node,
    guest.cpu === null ? null : `${m.guests.cpu} ${formatPercent(guest.cpu)}`,
    guest.memory_used_bytes === null ? null : formatBytes(guest.memory_used_bytes),
    guest.tags.join(', '),
  ];
  return (
    <TwoLines
      title={
        <GuestLink
          cluster={guest.cluster}
          vmid={guest.vmid}
          name={guest.name}
          kind={guest.kind}
          tabIndex={-1}
        />
      }
      aside={<GuestStatus guest={guest} />}
      below={parts.filter(Boolean).join(' · ')}
    />
  );
}

export function GuestsPage() {
  const inventory = useInventory();
  const search = useSearch({ from: '/guests' });
  const navigate = useNavigate({ from: '/guests' });
  const filter = useMemo(() => readFilter(search), [search]);
  const shownFilter = useDeferredValue(filter);
  const [selection, setSelection] = useState<Selection>(nothingSelected);

  const guests = inventory.data?.guests ?? NO_GUESTS;
  const rows = useMemo(() => filterGuests(guests, shownFilter), [guests, shownFilter]);
  const selected = useMemo(
    () => guests.filter((guest) => selection.ids.has(guestId(guest))),
    [guests, selection],
  );
  const unreachable = useMemo(
    () =>
      new Set(inventory.data?.as_of.filter((entry) => entry.state !== 'fresh').map((entry) => entry.cluster)),
    [inventory.data],
  );
  const real = useMemo(() => guests.filter((guest) => !guest.template), [guests]);
  const running = useMemo(() => real.filter((guest) => guest.status === 'running').length, [real]);
  const sort = { id: search.sort ?? 'name', desc: search.desc ?? false };
  const setSearch = (change: Partial<typeof search>) =>
    void navigate({ search: (old) => ({ ...old, ...change }), replace: true });

  return (
    <div className="page-fill">
      <PageHeader
        title={m.guests.title}
        sentence={inventory.data ? `${m.guests.summary(running, real.length)}.` : ' '}
        actions={<AsOfNote asOf={inventory.data?.as_of ?? []} />}
      />
      {inventory.isPending ? (
        <SkeletonRows rows={14} />
      ) : inventory.isError && !inventory.data ? (
        <ErrorState error={inventory.error} onRetry={() => void inventory.refetch()} />
      ) : guests.length === 0 ? (
        <EmptyState title={m.guests.empty}>{m.guests.emptyHint}</EmptyState>
      ) : (
        <>
          <FilterBar guests={guests} filter={filter} onChange={setSearch} shown={rows.length} />
          {selected.length > 0 && (
            <section className={classes.bulk} aria-label={m.guests.bulk}>
              <strong className="tabular">{m.table.selected(selected.length)}</strong>
              <OperationButtons guests={selected} counted />
              <button type="button" className={classes.clear} onClick={() => setSelection(nothingSelected)}>
                {m.table.clearSelection}
              </button>
            </section>
          )}
          {rows.length === 0 ? (
            <EmptyState title={m.table.noneFits}>
              <button
                type="button"
                className={classes.clear}
                onClick={() => void navigate({ search: {}, replace: true })}
              >
                {m.guests.clearFilters}
              </button>
            </EmptyState>
          ) : (
            <DataTable
              label={m.guests.title}
              rows={rows}
              columns={guestColumns}
              rowId={guestId}
              rowName={nameOf}
              sort={sort}
              onSort={({ id, desc }) => setSearch({ sort: id, desc })}
              filterKey={JSON.stringify(shownFilter)}
              selection={selection}
              onSelection={setSelection}
              onOpen={(guest) =>
                void navigate({
                  to: '/guests/$cluster/$vmid',
                  params: { cluster: guest.cluster, vmid: String(guest.vmid) },
                })
              }
              narrow={narrow}
              faded={(guest) => unreachable.has(guest.cluster) || guest.status === 'unknown'}
            />
          )}
        </>
      )}
    </div>
  );
}
