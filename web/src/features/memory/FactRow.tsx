// A fact on one line where it fits: what sort it is, what it says, about what, whose it is and how old.
// What restricts says what it would be as a rule, and whether that rule is in force.
import { Button } from '@mantine/core';
import { IconCircleCheck, IconNote, IconShieldExclamation } from '@tabler/icons-react';
import { useState } from 'react';
import { m } from '@/app/messages';
import { usePropose } from '@/features/runs';
import { Age, ErrorState, GuestLink, ReasonButton, Sure } from '@/ui';
import classes from './memory.module.css';
import type { Fact, Proposal, useRules } from './queries';

interface Props {
  fact: Fact;
  rules: ReturnType<typeof useRules>;
  /** Why this person changes nothing. */
  reason: string | null;
  onEdit: (fact: Fact) => void;
}

export function FactRow({ fact, rules, reason, onEdit }: Props) {
  const propose = usePropose();
  const Icon = fact.restriction ? IconShieldExclamation : IconNote;
  return (
    <li className={classes.fact}>
      <span className={`${classes.kind} status tone-${fact.restriction ? 'warn' : 'act'}`}>
        <Icon size={14} aria-hidden="true" />
        <span>{m.memory.kinds[fact.kind] ?? fact.kind}</span>
      </span>
      <div className={classes.what}>
        <p className={classes.said}>{fact.text}</p>
        {fact.restriction && <Restriction fact={fact} rules={rules} />}
      </div>
      <span className={classes.whom}>
        <About fact={fact} />
      </span>
      <span className={`${classes.whose} dim`}>
        {fact.author}, <Age at={fact.changed_at} />
      </span>
      <div className={classes.verbs}>
        <ReasonButton size="compact-xs" variant="default" reason={reason} onClick={() => onEdit(fact)}>
          {m.memory.edit}
        </ReasonButton>
        <Sure
          label={m.memory.forget}
          means={m.memory.sure}
          keep={m.memory.keep}
          go={m.memory.forgetNow}
          reason={reason}
          onGo={() => propose({ op: 'memory.delete', input: { fact: fact.id } })}
        />
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

function Restriction({ fact, rules }: Pick<Props, 'fact' | 'rules'>) {
  const [shown, setShown] = useState(false);
  const { restriction } = fact;
  if (!restriction) return null;
  const proposal = rules.data?.proposals.find((each) => each.fact === fact.id);
  return (
    <>
      <p className={classes.restricts}>
        <span>{m.memory.restricts(restriction.operations, restriction.times)}</span>{' '}
        {fact.scope === 'user' ? (
          <span className="dim">{m.memory.ownIsNoRule}</span>
        ) : (
          proposal && <InForce proposal={proposal} />
        )}
        {proposal && (
          <Button size="compact-xs" variant="default" aria-expanded={shown} onClick={() => setShown(!shown)}>
            {shown ? m.memory.hideRule : m.memory.showRule}
          </Button>
        )}
      </p>
      {rules.isError && fact.scope !== 'user' && <ErrorState error={rules.error} />}
      {shown && proposal && <Rule proposal={proposal} file={rules.data?.policy_file ?? null} />}
    </>
  );
}

function InForce({ proposal }: { proposal: Proposal }) {
  const { in_force } = proposal;
  const Icon = in_force ? IconCircleCheck : IconShieldExclamation;
  return (
    <span className={`status tone-${in_force ? 'ok' : 'warn'}`}>
      <Icon size={12} aria-hidden="true" />
      <span>{in_force ? m.memory.ruleInForce : m.memory.noRule}</span>
    </span>
  );
}

function Rule({ proposal, file }: { proposal: Proposal; file: string | null }) {
  return (
    <div className={classes.rule}>
      <p className={classes.said}>{proposal.in_force ? m.memory.inForce : m.memory.takeOver(file)}</p>
      <pre className="mono" tabIndex={0}>
        {proposal.rule}
      </pre>
      {!proposal.in_force && (
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => void navigator.clipboard.writeText(proposal.rule)}
        >
          {m.memory.copyRule}
        </Button>
      )}
    </div>
  );
}
