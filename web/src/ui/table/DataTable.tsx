// An ARIA grid, since virtual rows cannot be a <table> (biome.json turns the rules off that would demand one).
// The one table: virtual rows, sort, selection with shift, keyboard, two-line rows on narrow screens.
import { useElementSize } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type ColumnDef, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { m } from '@/app/messages';
import { type Column, compareValues, features, nextSort, type Sort } from './columns';
import classes from './DataTable.module.css';
import { useHeldOrder } from './order';
import { extendTo, keepVisible, nothingSelected, type Selection, selectAll, toggle } from './selection';
import { type RowActions, TableRow } from './TableRow';
import { useTableKeys } from './useTableKeys';

const ROW_PX = 32;
const NARROW_ROW_PX = 56;
/** A table narrower than this shows two-line rows instead of columns. */
const NARROW_PX = 560;

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
  const { rows, rowId, rowName, sort, onSort, selection, onSelection, onOpen } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { ref: frame, width: measured } = useElementSize();
  // Before the first measurement the window is the best guess: nothing jumps when the frame is measured.
  const width = measured || window.innerWidth;
  const narrow = width < NARROW_PX;
  const columns = useMemo(
    () => props.columns.filter((column) => narrow || (column.hideBelow ?? 0) <= width),
    [props.columns, narrow, width],
  );
  const [hold, setHold] = useState(false);

  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () =>
      props.columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value(row) ?? undefined,
        sortFn: (a, b, columnId) => compareValues(a.getValue(columnId), b.getValue(columnId)),
        sortUndefined: 'last' as const,
        enableSorting: column.sortable !== false,
      })),
    [props.columns],
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

  // Rows are memoized: what they call must stay the same while what it does changes with every render.
  const latest = useRef({ select, keys });
  useLayoutEffect(() => {
    latest.current = { select, keys };
  });
  const actions = useMemo<RowActions>(
    () => ({
      choose: (at, extend) => {
        latest.current.keys.setActive(at);
        latest.current.select(at, extend);
      },
    }),
    [],
  );

  const selectable = selection !== undefined;
  const tracks = [...(selectable ? ['32px'] : []), ...columns.map((column) => column.width)].join(' ');
  const template = narrow ? (selectable ? '40px minmax(0, 1fr)' : 'minmax(0, 1fr)') : tracks;
  const all = selectable && order.length > 0 && selection.ids.size === order.length;
  const active = keys.active === null ? undefined : `${id}-${keys.active}`;

  return (
    <div ref={frame} className={classes.frame}>
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
        <div
          role="row"
          aria-rowindex={1}
          className={narrow ? 'visually-hidden' : classes.head}
          style={{ gridTemplateColumns: tracks }}
        >
          {selectable && (
            <div role="columnheader" className={classes.check}>
              <input
                type="checkbox"
                className={classes.box}
                aria-label={m.table.selectAll}
                checked={all}
                ref={(box) => {
                  if (box) box.indeterminate = !all && selection.ids.size > 0;
                }}
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
            return (
              <TableRow
                key={key}
                id={`${id}-${item.index}`}
                at={item.index}
                data={data}
                name={rowName(data)}
                columns={columns}
                narrow={narrow ? props.narrow : null}
                template={template}
                height={item.size}
                start={item.start}
                chosen={selection?.ids.has(key)}
                active={keys.active === item.index}
                faded={props.faded?.(data) ?? false}
                actions={actions}
              />
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
