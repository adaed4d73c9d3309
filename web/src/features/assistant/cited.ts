// Citations as the stream tells them. Whose words they are and how old stands in the answer of the tool that found
// them, which the stream brings too, cut where it is long: what is whole of it is read.
import type { Cited } from '@/ui/citation/quoted';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const known = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

type Row = Record<string, unknown>;

export function citedOf(value: unknown, results: readonly string[]): Cited[] {
  const rows = Array.isArray(value)
    ? value.filter((row): row is Row => row !== null && typeof row === 'object')
    : [];
  const found = results.flatMap(foundRows);
  return rows.map((row) => {
    const origin = found.findLast((other) => other.page === row.page && other.section === row.section) ?? row;
    return {
      title: text(row.title),
      section: text(row.section),
      page: text(row.page),
      url: known(row.url),
      quote: text(row.quote),
      kind: known(origin.kind),
      source: known(origin.source),
      source_name: known(origin.source_name),
      version: known(origin.version),
      read_at: known(origin.read_at),
    };
  });
}

/** The rows of an answer of `knowledge.ask` or `knowledge.search`, as far as they are whole. */
function foundRows(result: string): Row[] {
  const begin = /"(?:citations|results)":\[/.exec(result);
  if (!begin) return [];
  const rows: Row[] = [];
  for (let at = begin.index + begin[0].length; result[at] === '{'; ) {
    const end = endOfObject(result, at);
    if (end === null) break;
    try {
      rows.push(JSON.parse(result.slice(at, end)) as Row);
    } catch {
      break;
    }
    at = result[end] === ',' ? end + 1 : end;
  }
  return rows;
}

/** Behind the brace that closes the object which begins here; null where it was cut. */
function endOfObject(json: string, begin: number): number | null {
  let depth = 0;
  let quoted = false;
  for (let at = begin; at < json.length; at += 1) {
    const c = json[at];
    if (quoted) {
      if (c === '\\') at += 1;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === '{') depth += 1;
    else if (c === '}') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}
