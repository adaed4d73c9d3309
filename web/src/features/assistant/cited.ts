// Citations as the stream tells them. What is not told of one is not known.
import type { Cited } from '@/ui/citation/quoted';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const known = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

export function citedOf(value: unknown): Cited[] {
  const rows = Array.isArray(value) ? value : [];
  return rows
    .filter((row): row is Record<string, unknown> => row !== null && typeof row === 'object')
    .map((row) => ({
      title: text(row.title),
      section: text(row.section),
      page: text(row.page),
      url: known(row.url),
      quote: text(row.quote),
      kind: known(row.kind),
      source: known(row.source),
      source_name: known(row.source_name),
      version: known(row.version),
      read_at: known(row.read_at),
    }));
}
