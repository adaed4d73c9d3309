// The table of the design system.
export type { Column, Sort } from './columns';
export { DataTable } from './DataTable';
export { nothingSelected, type Selection } from './selection';
