// Facts where they matter: on the card of a plan, on the page of a guest. Who kept them, and how old they are.
import { IconNote, IconShieldExclamation } from '@tabler/icons-react';
import { m } from '@/app/messages';
import { Age } from '@/ui';
import classes from './memory.module.css';
import { type Recalled, useFactsOfGuest, useFactsOfPlan } from './queries';

export function FactsOfPlan({ plan }: { plan: string }) {
  return <KeptFacts facts={useFactsOfPlan(plan).data?.facts ?? []} />;
}

export function FactsOfGuest({ reference }: { reference: string }) {
  return <KeptFacts facts={useFactsOfGuest(reference).data?.facts ?? []} />;
}

function KeptFacts({ facts }: { facts: Recalled[] }) {
  if (facts.length === 0) return null;
  return (
    <ul className={classes.kept} aria-label={m.memory.kept}>
      {facts.map((fact) => {
        const Icon = fact.restriction ? IconShieldExclamation : IconNote;
        return (
          <li key={fact.id} title={fact.why}>
            <span className={`status tone-${fact.restriction ? 'warn' : 'act'}`}>
              <Icon size={14} aria-hidden="true" />
              <span>{m.memory.kinds[fact.kind] ?? fact.kind}</span>
            </span>
            <span className={classes.text}>{fact.text}</span>
            <span className="dim">
              {fact.author}, <Age at={fact.changed_at} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
