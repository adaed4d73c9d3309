// One plan at its own address: who asked for it, and the card to rehearse, approve or reject it.
import { Link, useParams } from '@tanstack/react-router';
import { asApiError, type Plan } from '@/api';
import { m } from '@/app/messages';
import { Age, EmptyState, ErrorState, Facts, PageHeader, Panel, SkeletonRows } from '@/ui';
import classes from './Plan.module.css';
import { PlanCard } from './PlanCard';
import { titleOf } from './planStates';
import { usePlan } from './queries';

export function PlanPage() {
  const { id } = useParams({ from: '/plans/$id' });
  return <PlanContent key={id} id={id} />;
}

export function PlanContent({ id }: { id: string }) {
  const plan = usePlan(id);
  if (plan.isPending) {
    return (
      <div className="stack">
        <PageHeader title={m.plans.title} sentence={<span className="mono">{id}</span>} />
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (plan.isError && !plan.data) {
    return (
      <div className="stack">
        <PageHeader title={m.plans.title} sentence={<span className="mono">{id}</span>} />
        {asApiError(plan.error).status === 404 ? (
          <EmptyState title={m.plans.notFound}>{m.shell.notFoundHint}</EmptyState>
        ) : (
          <ErrorState error={plan.error} onRetry={() => void plan.refetch()} />
        )}
      </div>
    );
  }
  const { data } = plan;
  return (
    <div className="stack">
      <PageHeader title={titleOf(data)} sentence={<span className="mono">{id}</span>} />
      <Asked plan={data} />
      <Panel title={m.plans.title}>
        <div className={classes.container}>
          <PlanCard plan={data} />
        </div>
      </Panel>
    </div>
  );
}

function Asked({ plan }: { plan: Plan }) {
  const facts = [
    { name: m.plans.by, value: plan.created_by },
    { name: m.plans.through, value: m.plans.surfaces[plan.surface] },
    { name: m.plans.asked, value: <Age at={plan.created_at} /> },
    {
      name: m.plans.operation,
      value: (
        <Link to="/operations/$op" params={{ op: plan.op }} className="mono">
          {plan.op}
        </Link>
      ),
    },
  ];
  if (plan.state === 'proposed') facts.push({ name: m.plans.expires, value: <Age at={plan.expires_at} /> });
  if (plan.ruling) facts.push({ name: m.plans.whyAsked, value: <>{plan.ruling.why}</> });
  if (plan.thread !== null) {
    const link = (
      <Link to="/assistant" search={{ thread: plan.thread }}>
        {m.plans.openConversation}
      </Link>
    );
    facts.push({ name: m.plans.conversation, value: link });
  }
  return (
    <Panel title={m.guests.facts}>
      <Facts items={facts} />
    </Panel>
  );
}
