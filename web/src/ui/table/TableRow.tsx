// One row of the table. Memoized: scrolling draws only the rows that come into view, and a live update only those that changed.
import { memo, type ReactNode } from 'react';
import { m } from '@/app/messages';
import type { Column } from './columns';
import classes from './DataTable.module.css';

export interface RowActions {
  /** A click on the row or its box; `extend` with shift. */
  choose: (at: number, extend: boolean) => void;
}

interface Props<Row> {
  id: string;
  at: number;
  data: Row;
  name: string;
  columns: readonly Column<Row>[];
  narrow: ((row: Row) => ReactNode) | null;
  template: string;
  height: number;
  start: number;
  /** Undefined where rows cannot be selected. */
  chosen: boolean | undefined;
  active: boolean;
  faded: boolean;
  actions: RowActions;
}

function Row<T>(props: Props<T>) {
  const { at, data, columns, narrow, chosen, actions } = props;
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={chosen}
      className={classes.row}
      data-active={props.active || undefined}
      data-faded={props.faded || undefined}
      style={{
        gridTemplateColumns: props.template,
        height: props.height,
        transform: `translateY(${props.start}px)`,
      }}
      onClick={(event) => {
        // A click on a link or control means that; anywhere else it chooses the row.
        const control = event.target instanceof Element && event.target.closest('a, button, input, label');
        if (!control) actions.choose(at, event.shiftKey);
      }}
      onMouseDown={(event) => {
        if (event.shiftKey) event.preventDefault();
      }}
    >
      {chosen !== undefined && (
        <div role="gridcell" className={classes.check}>
          <input
            type="checkbox"
            className={classes.box}
            tabIndex={-1}
            aria-label={m.table.selectRow(props.name)}
            checked={chosen}
            onChange={() => {}}
            onClick={(event) => actions.choose(at, event.shiftKey)}
          />
        </div>
      )}
      {narrow ? (
        <div role="gridcell" className={classes.narrow}>
          {narrow(data)}
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
}

// memo loses the type parameter; the cast gives it back.
export const TableRow = memo(Row) as typeof Row;
