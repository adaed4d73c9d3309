// Everything the product can do: found by a word, each with its risk and its form.
import { TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { OperationRow } from '@/api';
import { m } from '@/app/messages';
import { RiskBadge } from '@/features/runs';
import { EmptyState, ErrorState, PageHeader, Panel, SkeletonRows, WithCode } from '@/ui';
import classes from './operations.module.css';
import { useOperations } from './queries';
import { labelOf } from './words';

const nounOf = (name: string) => name.split('.')[0] ?? name;

/** By noun, in the order of the alphabet; every word that was typed must occur. */
export function grouped(rows: readonly OperationRow[], text: string): [string, OperationRow[]][] {
  const words = text
    .toLowerCase()
    .split(/[\s.]+/)
    .filter(Boolean);
  const groups = new Map<string, OperationRow[]>();
  for (const row of [...rows].sort((a, b) => a.name.localeCompare(b.name))) {
    const said = `${row.name} ${row.summary}`.toLowerCase();
    if (!words.every((word) => said.includes(word))) continue;
    const noun = nounOf(row.name);
    groups.set(noun, [...(groups.get(noun) ?? []), row]);
  }
  return [...groups];
}

export function OperationsPage() {
  const operations = useOperations();
  const [text, setText] = useState('');
  const rows = operations.data?.operations;
  const groups = useMemo(() => grouped(rows ?? [], text), [rows, text]);
  const changing = rows?.filter((row) => row.kind === 'action').length ?? 0;
  return (
    <div className="stack">
      <PageHeader
        title={m.operations.title}
        sentence={rows ? m.operations.sentence(rows.length, changing) : ' '}
      />
      <TextInput
        size="xs"
        className={classes.filter ?? ''}
        aria-label={m.table.filter}
        placeholder={m.operations.filterHint}
        leftSection={<IconFilter size={14} aria-hidden="true" />}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {operations.isPending ? (
        <SkeletonRows rows={12} />
      ) : operations.isError ? (
        <ErrorState error={operations.error} onRetry={() => void operations.refetch()} />
      ) : groups.length === 0 ? (
        <EmptyState title={m.operations.noneFits}>{m.operations.noneFitsHint}</EmptyState>
      ) : (
        groups.map(([noun, members]) => (
          <Panel key={noun} title={labelOf(noun)} flush>
            <ul className={classes.list}>
              {members.map((row) => (
                <li key={row.name}>
                  <Link to="/operations/$op" params={{ op: row.name }} className="mono">
                    {row.name}
                  </Link>
                  <span>
                    <WithCode text={row.summary} />
                  </span>
                  {row.kind === 'action' ? (
                    <RiskBadge risk={row.risk} />
                  ) : (
                    <span className="dim">{m.operations.kinds[row.kind]}</span>
                  )}
                </li>
              ))}
            </ul>
          </Panel>
        ))
      )}
    </div>
  );
}
