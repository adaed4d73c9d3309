// What markdown is to us: HTML is text, a line of a listed passage that begins with `#` is a command and no heading,
// and `[1]` is the citation of that number.

interface Node {
  type: string;
  value?: string;
  depth?: number;
  url?: string;
  children?: Node[];
}

/** What is used of the processor. */
interface Processor {
  data: () => { micromarkExtensions?: unknown[] };
}

export function remarkPlain(this: Processor) {
  const data = this.data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push({ disable: { null: ['htmlFlow', 'htmlText'] } });
  return (tree: Node) => plain(tree, false);
}

function plain(node: Node, listed: boolean): void {
  if (listed && node.type === 'heading') {
    const marks = { type: 'text', value: `${'#'.repeat(node.depth ?? 1)} ` };
    node.type = 'paragraph';
    node.children = [marks, ...(node.children ?? [])];
  }
  for (const child of node.children ?? []) plain(child, listed || node.type === 'listItem');
}

/** Addresses of citations within an answer. */
export const CITATION = '#citation-';

export interface Numbers {
  /** The greatest number that is a citation. */
  most: number;
}

export function remarkCitations({ most }: Numbers) {
  return (tree: Node) => {
    if (most > 0) mark(tree, most);
  };
}

function mark(node: Node, most: number): void {
  if (!node.children || node.type === 'link') return;
  node.children = node.children.flatMap((child) => {
    if (child.type !== 'text') {
      mark(child, most);
      return [child];
    }
    return marked(child.value ?? '', most);
  });
}

function marked(text: string, most: number): Node[] {
  return text
    .split(/(\[\d{1,3}\])/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const number = Number(/^\[(\d+)\]$/.exec(piece)?.[1] ?? 0);
      return number >= 1 && number <= most
        ? { type: 'link', url: `${CITATION}${number}`, children: [{ type: 'text', value: piece }] }
        : { type: 'text', value: piece };
    });
}
