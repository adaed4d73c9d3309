// What markdown is to us: HTML is text, a line is a line, a line of a listed passage that begins with `#` is a command
// and no heading, and `[1]` is the citation of that number.

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
  return plain;
}

function plain(node: Node): void {
  if (node.type === 'listItem' && node.children?.some(({ type }) => type === 'heading')) {
    node.children = withoutHeadings(node.children);
  }
  if (node.children) node.children = node.children.flatMap(lines);
  for (const child of node.children ?? []) plain(child);
}

/** What a passage holds as one paragraph: its lines stay together. */
function withoutHeadings(nodes: Node[]): Node[] {
  const merged: Node[] = [];
  for (const node of nodes) {
    const heading = node.type === 'heading';
    const text = heading ? [{ type: 'text', value: `${'#'.repeat(node.depth ?? 1)} ` }] : [];
    const children = [...text, ...(node.children ?? [])];
    const last = merged[merged.length - 1];
    if (!heading && node.type !== 'paragraph') merged.push(node);
    else if (last?.type === 'paragraph')
      last.children = [...(last.children ?? []), { type: 'break' }, ...children];
    else merged.push({ type: 'paragraph', children });
  }
  return merged;
}

/** Text with its line ends as breaks. */
function lines(node: Node): Node[] {
  if (node.type !== 'text' || !node.value?.includes('\n')) return [node];
  return node.value
    .split('\n')
    .flatMap((value, at): Node[] => [...(at === 0 ? [] : [{ type: 'break' }]), { type: 'text', value }])
    .filter(({ type, value }) => type !== 'text' || value !== '');
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
