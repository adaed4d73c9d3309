// What is kept: to read, to say in other words, to forget for good, and to make a rule of what restricts.
import { Button } from '@mantine/core';
import { IconNote, IconShieldExclamation } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import { Age, EmptyState, ErrorState, GuestLink, PageHeader, ReasonButton, SkeletonRows } from '@/ui';
import classes from './memory.module.css';
import { type Fact, useFacts, useProposedRule } from './queries';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

const SCOPES = ['all', 'user', 'team', 'cluster', 'guest'] as const;
type Scope = (typeof SCOPES)[number];
type Dialog = { op: string; given: Record<string, string> };

export function MemoryPage() {
  const facts = useFacts();
  const role = useRole();
  const [scope, setScope] = useState<Scope>('all');
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const all = facts.data?.facts;
  const shown = useMemo(
    () => (all ?? []).filter((fact) => scope === 'all' || fact.scope === scope),
    [all, scope],
  );
  const reason = role === 'viewer' ? m.memory.viewer : null;
  return (
    <div className="stack">
      <PageHeader
        title={m.memory.title}
        sentence={
          all ? m.memory.summary(all.length, all.filter((fact) => fact.scope === 'user').length) : ' '
        }
      />
      <div className={classes.bar}>
        <div className={classes.scopes} role="group" aria-label={m.memory.scope}>
          {SCOPES.map((value) => (
            <Button
              key={value}
              size="compact-sm"
              variant={value === scope ? 'filled' : 'default'}
              aria-pressed={value === scope}
              onClick={() => setScope(value)}
            >
              {m.memory.scopes[value]}
            </Button>
          ))}
        </div>
        <ReasonButton size="xs" reason={reason} onClick={() => setDialog({ op: 'memory.add', given: {} })}>
          {m.memory.add}
        </ReasonButton>
      </div>
      {facts.isPending ? (
        <SkeletonRows rows={4} height={96} />
      ) : facts.isError ? (
        <ErrorState error={facts.error} onRetry={() => void facts.refetch()} />
      ) : shown.length === 0 ? (
        <EmptyState title={m.memory.nothing}>
          <p className="dim">{m.memory.nothingHint}</p>
        </EmptyState>
      ) : (
        <ul className={classes.facts} aria-label={m.memory.title}>
          {shown.map((fact) => (
            <FactRow key={fact.id} fact={fact} reason={reason} onEdit={setDialog} />
          ))}
        </ul>
      )}
      {dialog && (
        <Suspense>
          <OperationDialog op={dialog.op} given={dialog.given} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </div>
  );
}

interface RowProps {
  fact: Fact;
  reason: string | null;
  onEdit: (dialog: Dialog) => void;
}

function FactRow({ fact, reason, onEdit }: RowProps) {
  const propose = usePropose();
  const [asked, setAsked] = useState(false);
  const [sure, setSure] = useState(false);
  const Icon = fact.restriction ? IconShieldExclamation : IconNote;
  return (
    <li className={classes.fact}>
      <p className={classes.said}>{fact.text}</p>
      <p className={classes.about}>
        <span className={`status tone-${fact.restriction ? 'warn' : 'act'}`}>
          <Icon size={14} aria-hidden="true" />
          <span>{m.memory.kinds[fact.kind] ?? fact.kind}</span>
        </span>
        <About fact={fact} />
        <span className="dim">
          {fact.author}, <Age at={fact.changed_at} />
        </span>
      </p>
      {fact.restriction && (
        <p className={classes.about}>
          <span>{m.memory.restricts(fact.restriction.operations, fact.restriction.times)}</span>
          {fact.scope !== 'user' && (
            <Button
              size="compact-xs"
              variant="default"
              aria-expanded={asked}
              onClick={() => setAsked(!asked)}
            >
              {asked ? m.memory.hideRule : m.memory.showRule}
            </Button>
          )}
        </p>
      )}
      {asked && <ProposedRule fact={fact.id} />}
      <div className={classes.actions}>
        <ReasonButton
          size="compact-sm"
          variant="default"
          reason={reason}
          onClick={() =>
            onEdit({ op: 'memory.edit', given: { fact: fact.id, text: fact.text, digest: fact.digest } })
          }
        >
          {m.memory.edit}
        </ReasonButton>
        <span className={classes.gap} />
        {sure ? (
          <>
            <span>{m.memory.sure}</span>
            <Button size="compact-sm" variant="default" onClick={() => setSure(false)}>
              {m.memory.keep}
            </Button>
            <Button
              size="compact-sm"
              color="red"
              onClick={() => propose({ op: 'memory.delete', input: { fact: fact.id } })}
            >
              {m.memory.forgetNow}
            </Button>
          </>
        ) : (
          <ReasonButton size="compact-sm" variant="default" reason={reason} onClick={() => setSure(true)}>
            {m.memory.forget}
          </ReasonButton>
        )}
      </div>
    </li>
  );
}

function About({ fact }: { fact: Fact }) {
  const [cluster, id] = fact.about.split('/');
  if (fact.scope === 'guest' && cluster && id) {
    return <GuestLink cluster={cluster} vmid={Number(id)} name={fact.guest} />;
  }
  return <span>{m.memory.about(fact.scope, fact.about)}</span>;
}

function ProposedRule({ fact }: { fact: string }) {
  const proposed = useProposedRule(fact, true);
  if (proposed.isPending) return <SkeletonRows rows={1} height={96} />;
  if (proposed.isError) return <ErrorState error={proposed.error} />;
  const [proposal] = proposed.data.proposals;
  if (!proposal) return null;
  return (
    <div className={classes.rule}>
      <p className={classes.said}>
        {proposal.in_force ? m.memory.inForce : m.memory.takeOver(proposed.data.policy_file)}
      </p>
      <pre className="mono">{proposal.rule}</pre>
      {!proposal.in_force && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => void navigator.clipboard.writeText(proposal.rule)}
        >
          {m.memory.copyRule}
        </Button>
      )}
    </div>
  );
}
