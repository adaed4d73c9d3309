// What is kept: to find, to read, to say in other words, to forget for good, to take away as a file, and to make a
// rule of what restricts.
import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { EmptyState, ErrorState, PageHeader, ReasonButton, SkeletonRows } from '@/ui';
import { Export } from './Export';
import { FactRow } from './FactRow';
import { everything, type Filter, fits, SCOPES } from './filter';
import classes from './memory.module.css';
import { useFacts, useRules } from './queries';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

/** Rows that are drawn at once; the search finds the rest. */
const DRAWN = 200;

type Dialog = { op: string; given: Record<string, string> };

export function MemoryPage() {
  const facts = useFacts();
  const role = useRole();
  const [filter, setFilter] = useState(everything);
  const [most, setMost] = useState(DRAWN);
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const all = facts.data?.facts;
  const shown = useMemo(() => (all ?? []).filter((fact) => fits(fact, filter)), [all, filter]);
  const rules = useRules((all ?? []).some((fact) => fact.restriction !== null && fact.scope !== 'user'));
  const reason = role === 'viewer' ? m.memory.viewer : null;
  return (
    <div className="stack">
      <PageHeader
        title={m.memory.title}
        sentence={
          all ? m.memory.summary(all.length, all.filter((fact) => fact.scope === 'user').length) : ' '
        }
        actions={
          <>
            <Export />
            <ReasonButton
              size="xs"
              reason={reason}
              onClick={() => setDialog({ op: 'memory.add', given: {} })}
            >
              {m.memory.add}
            </ReasonButton>
          </>
        }
      />
      <FilterBar filter={filter} onChange={setFilter} fit={shown.length} all={all?.length ?? null} />
      {facts.isPending ? (
        <SkeletonRows rows={6} height={36} />
      ) : facts.isError ? (
        <ErrorState error={facts.error} onRetry={() => void facts.refetch()} />
      ) : shown.length === 0 ? (
        <EmptyState title={all?.length === 0 ? m.memory.nothing : m.memory.noneFits}>
          {all?.length === 0 ? (
            <p className="dim">{m.memory.nothingHint}</p>
          ) : (
            <Button size="xs" variant="default" onClick={() => setFilter(everything)}>
              {m.memory.showAll}
            </Button>
          )}
        </EmptyState>
      ) : (
        <>
          <ul className={classes.facts} aria-label={m.memory.title}>
            {shown.slice(0, most).map((fact) => (
              <FactRow
                key={fact.id}
                fact={fact}
                rules={rules}
                reason={reason}
                onEdit={({ id, text, digest }) =>
                  setDialog({ op: 'memory.edit', given: { fact: id, text, digest } })
                }
              />
            ))}
          </ul>
          {shown.length > most && (
            <div>
              <Button size="xs" variant="default" onClick={() => setMost(most + DRAWN)}>
                {m.memory.more(Math.min(DRAWN, shown.length - most))}
              </Button>
            </div>
          )}
        </>
      )}
      {dialog && (
        <Suspense>
          <OperationDialog op={dialog.op} given={dialog.given} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </div>
  );
}

interface BarProps {
  filter: Filter;
  onChange: (filter: Filter) => void;
  /** How many fit the filter. */
  fit: number;
  all: number | null;
}

function FilterBar({ filter, onChange, fit, all }: BarProps) {
  return (
    <div className={classes.bar} role="search" aria-label={m.memory.search}>
      <TextInput
        size="xs"
        type="search"
        className={classes.search ?? ''}
        aria-label={m.memory.search}
        placeholder={m.memory.searchHint}
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.currentTarget.value })}
        leftSection={<IconSearch size={14} aria-hidden="true" />}
      />
      <div className={classes.scopes} role="group" aria-label={m.memory.scope}>
        {SCOPES.map((scope) => (
          <Button
            key={scope}
            size="compact-sm"
            variant={scope === filter.scope ? 'filled' : 'default'}
            aria-pressed={scope === filter.scope}
            onClick={() => onChange({ ...filter, scope })}
          >
            {m.memory.scopes[scope]}
          </Button>
        ))}
      </div>
      <label className={classes.chip} data-on={filter.kind !== '' || undefined}>
        <span className="visually-hidden">{m.memory.kind}</span>
        <select value={filter.kind} onChange={(event) => onChange({ ...filter, kind: event.target.value })}>
          <option value="">{m.memory.anyKind}</option>
          {Object.entries(m.memory.kinds).map(([kind, word]) => (
            <option key={kind} value={kind}>
              {word}
            </option>
          ))}
        </select>
      </label>
      {all !== null && (
        <span className={`${classes.count} dim tabular`} aria-live="polite">
          {m.memory.fit(fit, all)}
        </span>
      )}
    </div>
  );
}
