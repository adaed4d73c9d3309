// An ARIA grid, since virtual rows cannot be a <table> (biome.json turns the rules off that would demand one).
// The one table: virtual rows, sort, selection with shift, keyboard, two-line rows on narrow screens.
import { Checkbox } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type ColumnDef, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import { m } from '@/app/messages';
import { type Column, compareValues, features, nextSort, type Sort } from './columns';
import classes from './DataTable.module.css';
import { useHeldOrder } from './order';
import { extendTo, keepVisible, nothingSelected, type Selection, selectAll, toggle } from './selection';
import { useTableKeys } from './useTableKeys';

const ROW_PX = 32;
const NARROW_ROW_PX = 56;

interface Props<Row extends object> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowId: (row: Row) => string;
  rowName: (row: Row) => string;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  /** Changes with the filter: the order is then taken afresh even under the pointer. */
  filterKey?: string;
  selection?: Selection;
  onSelection?: (selection: Selection) => void;
  onOpen?: (row: Row) => void;
  /** The row on screens too narrow for columns: two lines. */
  narrow: (row: Row) => ReactNode;
  /** Dims rows that are out of date. */
  faded?: (row: Row) => boolean;
}

export function DataTable<Row extends object>(props: Props<Row>) {
  const { rows, columns, rowId, rowName, sort, onSort, selection, onSelection, onOpen } = props;
  const id = useId();
  const narrow = useMediaQuery('(max-width: 640px)', false, { getInitialValueInEffect: false });
  const scroller = useRef<HTMLDivElement>(null);
  const [hold, setHold] = useState(false);

  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value(row) ?? undefined,
        sortFn: (a, b, columnId) => compareValues(a.getValue(columnId), b.getValue(columnId)),
        sortUndefined: 'last' as const,
        enableSorting: column.sortable !== false,
      })),
    [columns],
  );
  const sorting = useMemo(() => (sort ? [sort] : []), [sort]);
  const table = useTable({
    features,
    data: rows,
    columns: definitions,
    getRowId: rowId,
    state: { sorting },
    onSortingChange: () => {},
  });
  const model = table.getRowModel();
  const fresh = useMemo(() => model.rows.map((row) => row.id), [model]);
  const order = useHeldOrder(fresh, hold, `${sort?.id} ${sort?.desc} ${props.filterKey ?? ''}`);
  const row = (at: number): Row | undefined => model.rowsById[order[at] ?? '']?.original;

  useEffect(() => {
    if (!selection || !onSelection) return;
    const kept = keepVisible(selection, order);
    if (kept !== selection) onSelection(kept);
  }, [selection, onSelection, order]);

  const virtualizer = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? NARROW_ROW_PX : ROW_PX),
    overscan: 12,
    getItemKey: (at) => order[at] ?? at,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row height changed, so every size is measured afresh
  useEffect(() => virtualizer.measure(), [narrow, virtualizer]);

  const select = (at: number, extend: boolean) => {
    const rowId = order[at];
    if (rowId === undefined || !onSelection || !selection) return;
    onSelection(extend ? extendTo(selection, rowId, order) : toggle(selection, rowId));
  };
  const keys = useTableKeys({
    count: order.length,
    scrollTo: (at) => virtualizer.scrollToIndex(at),
    select,
    selectAll: () => onSelection?.(selectAll(order)),
    selectNone: () => onSelection?.(nothingSelected),
    open: (at) => {
      const target = row(at);
      if (target !== undefined) onOpen?.(target);
    },
  });

  const selectable = selection !== undefined;
  const tracks = [...(selectable ? ['32px'] : []), ...columns.map((column) => column.width)].join(' ');
  const template = narrow ? (selectable ? '40px minmax(0, 1fr)' : 'minmax(0, 1fr)') : tracks;
  const all = selectable && order.length > 0 && selection.ids.size === order.length;
  const active = keys.active === null ? undefined : `${id}-${keys.active}`;

  return (
    <div className={classes.frame}>
      {narrow && <NarrowSort columns={columns} sort={sort} onSort={onSort} />}
      <div
        ref={scroller}
        className={classes.scroller}
        role="grid"
        aria-label={props.label}
        aria-rowcount={order.length + 1}
        aria-colcount={columns.length + (selectable ? 1 : 0)}
        aria-multiselectable={selectable || undefined}
        aria-activedescendant={active}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
      >
        <div role="row" aria-rowindex={1} className={narrow ? 'visually-hidden' : classes.head} style={{ gridTemplateColumns: tracks }}>
          {selectable && (
            <div role="columnheader" className={classes.check}>
              <Checkbox
                size="xs"
                aria-label={m.table.selectAll}
                checked={all}
                indeterminate={!all && selection.ids.size > 0}
                tabIndex={narrow ? -1 : 0}
                onChange={() => onSelection?.(all ? nothingSelected : selectAll(order))}
              />
            </div>
          )}
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} hidden={narrow} />
          ))}
        </div>
        <div
          role="rowgroup"
          className={classes.body}
          style={{ height: virtualizer.getTotalSize() }}
          onPointerEnter={(event) => setHold(event.pointerType === 'mouse')}
          onPointerLeave={() => setHold(false)}
        >
          {virtualizer.getVirtualItems().map((item) => {
            const data = row(item.index);
            const key = order[item.index];
            if (data === undefined || key === undefined) return null;
            const chosen = selection?.ids.has(key) ?? false;
            return (
              <div
                key={key}
                id={`${id}-${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selectable ? chosen : undefined}
                className={classes.row}
                data-active={keys.active === item.index || undefined}
                data-faded={props.faded?.(data) || undefined}
                style={{ gridTemplateColumns: template, height: item.size, transform: `translateY(${item.start}px)` }}
                onClick={(event) => {
                  // A click on a link or control means that; anywhere else it chooses the row.
                  if (event.target instanceof Element && event.target.closest('a, button, input, label')) return;
                  keys.setActive(item.index);
                  if (selectable) select(item.index, event.shiftKey);
                }}
                onMouseDown={(event) => {
                  if (event.shiftKey) event.preventDefault();
                }}
              >
                {selectable && (
                  <div role="gridcell" className={classes.check}>
                    <Checkbox
                      size="xs"
                      tabIndex={-1}
                      aria-label={m.table.selectRow(rowName(data))}
                      checked={chosen}
                      onChange={() => {}}
                      onClick={(event) => {
                        keys.setActive(item.index);
                        select(item.index, event.shiftKey);
                      }}
                    />
                  </div>
                )}
                {narrow ? (
                  <div role="gridcell" className={classes.narrow}>
                    {props.narrow(data)}
                  </div>
                ) : (
                  columns.map((column) => (
                    <div key={column.id} role="gridcell" className={classes.cell} data-align={column.align}>
                      {column.cell(data)}
                    </div>
                  ))
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function HeaderCell<Row>(props: {
  column: Column<Row>;
  sort: Sort | null;
  onSort: (sort: Sort) => void;
  hidden: boolean;
}) {
  const { column, sort, onSort, hidden } = props;
  const sorted = sort?.id === column.id ? (sort.desc ? 'descending' : 'ascending') : undefined;
  const Arrow = sorted === 'descending' ? IconArrowDown : IconArrowUp;
  return (
    <div role="columnheader" aria-sort={sorted} className={classes.headCell} data-align={column.align}>
      {column.sortable === false ? (
        column.header
      ) : (
        <button
          type="button"
          className={classes.headButton}
          tabIndex={hidden ? -1 : 0}
          title={m.table.sortBy(column.header)}
          onClick={() => onSort(nextSort(sort, column.id))}
        >
          {column.header}
          {sorted && <Arrow size={12} aria-hidden="true" />}
        </button>
      )}
    </div>
  );
}

function NarrowSort<Row>(props: {
  columns: readonly Column<Row>[];
  sort: Sort | null;
  onSort: (sort: Sort) => void;
}) {
  const sortable = props.columns.filter((column) => column.sortable !== false);
  return (
    <label className={classes.narrowSort}>
      {m.table.sort}
      <select
        value={props.sort?.id ?? ''}
        onChange={(event) => props.onSort({ id: event.target.value, desc: false })}
      >
        {sortable.map((column) => (
          <option key={column.id} value={column.id}>
            {column.header}
          </option>
        ))}
      </select>
    </label>
  );
}
