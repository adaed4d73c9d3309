// What an answer consists of, for a view that knows no operation by name: lists of rows, and the facts around them.

export type Row = Record<string, unknown>;

export interface Shape {
  facts: [string, unknown][];
  tables: { name: string; columns: string[]; rows: Row[] }[];
}

const isObject = (value: unknown): value is Row =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function columnsOf(rows: readonly Row[]): string[] {
  const seen = new Set<string>();
  for (const row of rows) {
    for (const [key, value] of Object.entries(row)) if (value !== null) seen.add(key);
  }
  return [...seen];
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
