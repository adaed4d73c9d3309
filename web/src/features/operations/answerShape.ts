// What an answer consists of, for a view that knows no operation by name: lists of rows, and the facts around them.

export type Row = Record<string, unknown>;

export interface Shape {
  facts: [string, unknown][];
  tables: { name: string; columns: string[]; rows: Row[] }[];
}

const isObject = (value: unknown): value is Row =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** What names a row stands at its left, what only machines read at its right: an answer comes by the alphabet. */
const FIRST =
  'name summary title text guest volume storage package service node cluster vmid kind type status state op risk'.split(
    ' ',
  );
const LAST = ['id', 'digest', 'plan_id', 'run_id', 'upid', 'fingerprint'];

function columnsOf(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) if (value !== null) seen.add(key);
  }
  // A row without a name is called by its id.
  const named = FIRST.slice(0, 9).some((column) => seen.has(column));
  const place = (column: string) => {
    if (column === 'id' && !named) return -1;
    const first = FIRST.indexOf(column);
    return first >= 0 ? first : FIRST.length + (LAST.includes(column) ? 1 : 0);
  };
  // The sort keeps the order of those that rank alike.
  return [...seen].sort((a, b) => place(a) - place(b));
}

export function shapeOf(answer: unknown): Shape {
  const whole: Row = Array.isArray(answer) ? { '': answer } : isObject(answer) ? answer : { '': answer };
  const shape: Shape = { facts: [], tables: [] };
  for (const [name, value] of Object.entries(whole)) {
    if (Array.isArray(value) && value.length > 0 && value.every(isObject)) {
      shape.tables.push({ name, columns: columnsOf(value), rows: value });
    } else if (name !== '' || value !== null) {
      shape.facts.push([name, value]);
    }
  }
  return shape;
}
