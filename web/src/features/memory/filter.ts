// Which facts are shown: all words of the search anywhere in what is shown of a fact, and one scope and kind.
import { m } from '@/app/messages';
import type { Fact } from './queries';

export const SCOPES = ['all', 'user', 'team', 'cluster', 'guest'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Filter {
  text: string;
  scope: Scope;
  /** '' for every kind. */
  kind: string;
}

export const everything: Filter = { text: '', scope: 'all', kind: '' };

export function fits(fact: Fact, { text, scope, kind }: Filter): boolean {
  if (scope !== 'all' && fact.scope !== scope) return false;
  if (kind !== '' && fact.kind !== kind) return false;
  const { restriction } = fact;
  const shown = [
    fact.text,
    fact.author,
    fact.about,
    fact.guest ?? '',
    m.memory.kinds[fact.kind] ?? fact.kind,
    ...(restriction?.operations ?? []),
    ...(restriction?.times ?? []),
  ]
    .join('\n')
    .toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => shown.includes(word));
}
