// An answer and what it rests on, as pure functions: which words are quoted, which are the product's own, and which
// lines of a quote are typed into a machine.

/** A passage of a source. What is not told of it is not known. */
export interface Cited {
  title: string;
  /** The titles above it and its own, joined by ` > `. */
  section: string;
  /** The page and, behind `#`, the place in it, as the source calls it. */
  page: string;
  /** Opens it, where it has an address. */
  url: string | null;
  /** What stands there, word for word. */
  quote: string;
  /** section, option, command, endpoint or note. */
  kind: string | null;
  source: string | null;
  source_name: string | null;
  version: string | null;
  read_at: string | null;
}

/** Words of the product, or a passage word for word with the number of its citation. */
export type Part = { kind: 'own'; text: string } | { kind: 'quote'; text: string; number: number };

export interface Answer {
  /** The answer piece by piece where it consists of quotes; null where somebody put it into words of their own. */
  parts: Part[] | null;
  /** Without the list of places. */
  text: string;
  /** What is said behind the list of places. */
  rest: string;
}

/** The list of places as a text ends with it: `[1] Backup > Modes: https://…`, one line each. */
function placesOf(citations: readonly Cited[]): string {
  return citations
    .map(({ section, url }, at) => `[${at + 1}] ${url === null ? section : `${section}: ${url}`}`)
    .join('\n');
}

export function holdsPlaces(text: string, citations: readonly Cited[]): boolean {
  return text.includes(placesOf(citations));
}

export function readAnswer(whole: string, citations: readonly Cited[]): Answer {
  const places = placesOf(citations);
  const at = citations.length === 0 ? -1 : whole.lastIndexOf(places);
  const text = at < 0 ? whole : whole.slice(0, at).trimEnd();
  const rest = at < 0 ? '' : whole.slice(at + places.length).trim();
  return { parts: partsOf(text, citations), text, rest };
}

/** Each citation's words must stand in the text with its number behind them, one after the other. */
function partsOf(text: string, citations: readonly Cited[]): Part[] | null {
  if (citations.length === 0) return null;
  const parts: Part[] = [];
  let from = 0;
  const own = (to: number) => {
    const said = text.slice(from, to).trim();
    if (said !== '') parts.push({ kind: 'own', text: said });
  };
  for (const [index, { quote }] of citations.entries()) {
    const number = index + 1;
    const wanted = `${quote} [${number}]`;
    const found = text.indexOf(wanted, from);
    if (quote.trim() === '' || found < 0) return null;
    own(found);
    parts.push({ kind: 'quote', text: quote, number });
    from = found + wanted.length;
  }
  own(text.length);
  return parts;
}

export interface Block {
  code: boolean;
  text: string;
}

/** The blocks of a text, none of it changed: joined by an empty line they are the text again. */
export function blocksOf(text: string): Block[] {
  return text.split('\n\n').map((block) => ({ code: isTyped(block), text: block }));
}

/** Commands as titles name them, without what is filled in. */
const COMMAND =
  /^(?:qm|qmrestore|pct|pveam|pveceph|pvecm|pvenode|pvesh|pvesm|pvesr|pveum|ha-manager|vzdump|zfs|zpool)(?: [a-z][\w-]*){1,4}$/;

/** Lines that call the same program, or lines that begin as what is typed does and hold a flag, a place to fill in, a value. */
function isTyped(block: string): boolean {
  const lines = block.split('\n').filter((line) => line.trim() !== '');
  const [first, ...others] = lines;
  if (first === undefined) return false;
  const [word = ''] = first.split(' ', 1);
  if (others.length > 0 && /^[a-z]/.test(word) && others.every((line) => line.startsWith(`${word} `)))
    return true;
  const typed = lines.filter(
    (line) =>
      COMMAND.test(line) ||
      /^\s*[#$] ?\S/.test(line) ||
      /^(\s{2,}|\t)\S/.test(line) ||
      /^--?[a-z][\w-]*( |$)/.test(line) ||
      /^[a-z/](?:(?!\. ).)*( --[a-z]| <[a-z])/.test(line) ||
      /^[a-z][\w.-]*(\[[^\]\s]*\])?: \S+/.test(line),
  ).length;
  return typed * 2 >= lines.length && !/[.:;] [A-Z]/.test(first);
}

export interface Span {
  code: boolean;
  text: string;
}

const CODE =
  /`[^`\n]+`|<[A-Za-z][\w .|-]*>|(?<![\w-])--[a-z][\w-]*|(?<![\w/])\/(?:etc|var|usr|dev|mnt|root)\/[\w./-]*\w/g;

/** Prose with what is code in it; joined, the spans are the text again. */
export function spansOf(text: string): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(CODE)) {
    if (match.index > from) spans.push({ code: false, text: text.slice(from, match.index) });
    spans.push({ code: true, text: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) spans.push({ code: false, text: text.slice(from) });
  return spans;
}

/** The file of a page, for sources without addresses; a note is named by its title alone. */
export function fileOf({ page, url, kind }: Pick<Cited, 'page' | 'url' | 'kind'>): string | null {
  return url !== null || page === '' || kind === 'note' || isNote(page) ? null : page;
}

export function isNote(page: string): boolean {
  return /^note_[0-9a-f]{32}$/.test(page);
}
