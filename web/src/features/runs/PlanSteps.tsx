// The steps of a plan: target, change as before → after, interruption, undo.
import { IconAlertTriangle, IconArrowBackUp, IconLock } from '@tabler/icons-react';
import { useState } from 'react';
import type { Plan, PlanStep } from '@/api';
import { m } from '@/app/messages';
import { formatDuration, formatValue, GuestLink, guestOfTarget } from '@/ui';
import classes from './Plan.module.css';

const FIRST_STEPS = 12;

export function PlanSteps({ plan }: { plan: Plan }) {
  const [all, setAll] = useState(false);
  if (plan.steps.length === 0) return <p className="dim">{m.plans.nothingToDo}</p>;
  const steps = all ? plan.steps : plan.steps.slice(0, FIRST_STEPS);
  return (
    <>
      <div className={classes.tableScroll} tabIndex={0} role="region" aria-label={m.plans.steps}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">{m.plans.step}</th>
              <th scope="col">{m.plans.target}</th>
              <th scope="col">{m.plans.change}</th>
              <th scope="col">{m.plans.interruption}</th>
              <th scope="col">{m.plans.undo}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <StepRow key={step.id} step={step} irreversible={plan.irreversible.includes(step.id)} />
            ))}
          </tbody>
        </table>
      </div>
      {steps.length < plan.steps.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {m.plans.moreSteps(plan.steps.length - steps.length)}
        </button>
      )}
    </>
  );
}

function StepRow(props: { step: PlanStep; irreversible: boolean }) {
  const { step } = props;
  const guest = guestOfTarget(step.target);
  return (
    <tr>
      <td data-label={m.plans.step}>{step.title}</td>
      <td data-label={m.plans.target}>
        {guest ? (
          <GuestLink
            cluster={guest.cluster}
            vmid={guest.vmid}
            name={`${step.target_name} (${step.target})`}
          />
        ) : (
          <span className="mono">{step.target}</span>
        )}
      </td>
      <td data-label={m.plans.change}>
        {step.change.length === 0 ? (
          <span className="dim">{m.plans.none}</span>
        ) : (
          step.change.map((change) => (
            <span key={change.field} className={classes.change}>
              <span className="dim">{change.field}</span> {formatValue(change.before)}
              <span aria-hidden="true"> → </span>
              <span className="visually-hidden">{m.plans.becomes}</span>
              <strong>{formatValue(change.after)}</strong>
            </span>
          ))
        )}
      </td>
      <td data-label={m.plans.interruption}>
        {step.interruption_s === null ? (
          <span className="dim">{step.risk === 'disruptive' ? m.plans.interruptsUnknown : m.plans.none}</span>
        ) : step.interruption_s > 0 ? (
          <span className="status tone-warn">
            <IconAlertTriangle size={12} aria-hidden="true" />
            <span>{m.plans.seconds(formatDuration(step.interruption_s))}</span>
          </span>
        ) : (
          <span className="dim">{m.plans.none}</span>
        )}
      </td>
      <td data-label={m.plans.undo}>
        {props.irreversible ? (
          <span className="status tone-bad">
            <IconLock size={12} aria-hidden="true" />
            <span>{m.values.no}</span>
          </span>
        ) : !step.undo ? (
          <span className="dim">{m.values.no}</span>
        ) : (
          <span className="status tone-ok">
            <IconArrowBackUp size={12} aria-hidden="true" />
            <span>{m.values.yes}</span>
          </span>
        )}
      </td>
    </tr>
  );
}
