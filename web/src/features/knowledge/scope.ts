// Where a question is looked up: what holds for a cluster or a release, or one source alone; never two of them.
// It stands in the address, so that a search can be sent to somebody.

/** At most one of the three is set. */
export interface Scope {
  cluster?: string;
  version?: string;
  source?: string;
}

export interface KnowledgeSearch extends Scope {
  q?: string;
}

const KEYS = ['source', 'cluster', 'version'] as const;

export function readKnowledgeSearch(search: Record<string, unknown>): KnowledgeSearch {
  // The address bar makes numbers of what looks like one: `version=9.1`.
  const told = (value: unknown) => (typeof value === 'number' ? String(value) : value);
  const { q } = search;
  const asked = typeof q === 'string' && q !== '' ? { q } : typeof q === 'number' ? { q: String(q) } : {};
  for (const key of KEYS) {
    const value = told(search[key]);
    if (typeof value === 'string' && value !== '') return { ...asked, [key]: value };
  }
  return asked;
}

/** A scope as one value of a select, and back. */
export function scopeValue(scope: Scope): string {
  const key = KEYS.find((each) => scope[each] !== undefined);
  return key === undefined ? '' : `${key}:${scope[key]}`;
}

export function scopeOf(value: string): Scope {
  const key = KEYS.find((each) => value.startsWith(`${each}:`));
  return key === undefined ? {} : { [key]: value.slice(key.length + 1) };
}

interface Known {
  id: string;
  kind: string;
  name: string;
  place: string;
  version: string | null;
}

/** The two numbers of a version that name a release. */
const releaseOf = (version: string) => version.split('.').slice(0, 2).join('.');

const byNumbers = (a: string, b: string) => b.localeCompare(a, undefined, { numeric: true });

export interface Choices {
  clusters: { name: string; release: string | null }[];
  /** Newest first. */
  releases: string[];
  sources: { id: string; name: string }[];
}

export function choicesOf(sources: readonly Known[]): Choices {
  const documented = sources.filter((source) => source.kind === 'cluster');
  const clusters = documented.map(({ place, version }) => ({
    name: place,
    release: version === null ? null : releaseOf(version),
  }));
  const releases = new Set(clusters.flatMap(({ release }) => (release === null ? [] : [release])));
  return {
    clusters,
    releases: [...releases].sort(byNumbers),
    sources: sources.map(({ id, name }) => ({ id, name })),
  };
}
