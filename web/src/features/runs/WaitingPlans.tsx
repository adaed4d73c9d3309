// What waits for a person, on the overview: the sentence and the next to expire; nothing when no plan waits.
import { Link } from '@tanstack/react-router';
import { m } from '@/app/messages';
import { Age, Panel, PlanLink } from '@/ui';
import classes from './lists.module.css';
import { RiskBadge } from './Preflight';
import { titleOf } from './planStates';
import { useWaiting } from './useWaiting';

const MOST = 3;

export function WaitingPlans() {
  const { plans, more } = useWaiting();
  if (plans.length === 0) return null;
  return (
    <Panel
      title={m.plans.waiting(plans.length, more)}
      flush
      aside={<Link to="/plans">{m.plans.allWaiting}</Link>}
    >
      <ul className={classes.list}>
        {plans.slice(0, MOST).map((plan) => (
          <li key={plan.id}>
            <div className={classes.line}>
              <PlanLink id={plan.id}>{titleOf(plan)}</PlanLink>
              <RiskBadge risk={plan.risk} />
            </div>
            <div className={`${classes.below} tabular`}>
              <span>{plan.created_by}</span>
              <span>{m.plans.surfaces[plan.surface]}</span>
              <span>
                {m.plans.expires} <Age at={plan.expires_at} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
