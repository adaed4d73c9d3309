// What a column of a table is, and how rows are ordered by it. TanStack Table does the sorting.
import { createSortedRowModel, rowSortingFeature, tableFeatures } from '@tanstack/react-table';
import type { ReactNode } from 'react';

export interface Column<Row> {
  id: string;
  header: string;
  /** What the column sorts by; null sorts last in both directions. */
  value: (row: Row) => string | number | null;
  cell: (row: Row) => ReactNode;
  /** A grid track, such as `minmax(160px, 2fr)` or `88px`. */
  width: string;
  align?: 'right';
  sortable?: boolean;
  /** Left out where the table is narrower than this many pixels. */
  hideBelow?: number;
}

export interface Sort {
  id: string;
  desc: boolean;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Names by the locale, with numbers in them compared as numbers; unknown values never reach this (they go last). */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return collator.compare(String(a), String(b));
}

export const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** A click on a header: ascending, descending, and back. */
export function nextSort(current: Sort | null, id: string): Sort {
  return current?.id === id ? { id, desc: !current.desc } : { id, desc: false };
}
