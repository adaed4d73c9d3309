// Plans: what waits for consent, whoever asked by whatever surface; and what became of the earlier ones.
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Plan, PlanState } from '@/api';
import { m } from '@/app/messages';
import {
  Age,
  EmptyState,
  ErrorState,
  PageHeader,
  PlanLink,
  RunLink,
  SkeletonRows,
  TwoLines,
  Unknown,
} from '@/ui';
import { type Column, DataTable, type Sort } from '@/ui/table';
import classes from './lists.module.css';
import { RiskBadge } from './Preflight';
import { PLAN_STATES, titleOf } from './planStates';
import { usePlans } from './queries';
import { useWaiting } from './useWaiting';

const none: Plan[] = [];

/** Where several people have to agree: how many did. */
function Agreed({ plan }: { plan: Plan }) {
  const people = plan.ruling?.people ?? 1;
  if (people < 2 || plan.state !== 'proposed') return null;
  return <span className="dim"> · {m.plans.agreed(plan.approvals.length, people)}</span>;
}

const columns: Column<Plan>[] = [
  {
    id: 'summary',
    header: m.plans.what,
    value: titleOf,
    cell: (plan) => (
      <>
        <PlanLink id={plan.id}>{titleOf(plan)}</PlanLink>
        <Agreed plan={plan} />
      </>
    ),
    width: 'minmax(200px, 3fr)',
  },
  {
    id: 'risk',
    header: m.plans.riskName,
    value: (plan) => plan.risk,
    cell: (plan) => <RiskBadge risk={plan.risk} />,
    width: '152px',
  },
  {
    id: 'by',
    header: m.plans.by,
    value: (plan) => plan.created_by,
    cell: (plan) => <span className="entity-text">{plan.created_by}</span>,
    width: 'minmax(96px, 1fr)',
  },
  {
    id: 'surface',
    header: m.plans.through,
    value: (plan) => m.plans.surfaces[plan.surface],
    cell: (plan) => m.plans.surfaces[plan.surface],
    width: '112px',
  },
  {
    id: 'asked',
    header: m.plans.asked,
    value: (plan) => plan.created_at,
    cell: (plan) => <Age at={plan.created_at} />,
    width: '112px',
    align: 'right',
  },
];

const expires: Column<Plan> = {
  id: 'expires',
  header: m.plans.expires,
  value: (plan) => plan.expires_at,
  cell: (plan) => <Age at={plan.expires_at} />,
  width: '112px',
  align: 'right',
};

const run: Column<Plan> = {
  id: 'run',
  header: m.plans.run,
  value: (plan) => plan.run_id,
  cell: (plan) =>
    plan.run_id === null ? (
      <Unknown reason={m.plans.noRun} />
    ) : (
      <RunLink id={plan.run_id}>{m.plans.showRun}</RunLink>
    ),
  width: '112px',
  align: 'right',
};

const COLUMNS: Record<PlanState, Column<Plan>[]> = {
  proposed: [...columns, expires],
  approved: [...columns, run],
  rejected: columns,
  expired: [...columns, expires],
};

export function PlansPage() {
  const { state = 'proposed' } = useSearch({ from: '/plans' });
  return <Plans key={state} state={state} />;
}

export function Plans({ state }: { state: PlanState }) {
  const plans = usePlans(state);
  const navigate = useNavigate();
  const [sort, setSort] = useState<Sort>(
    state === 'proposed' ? { id: 'expires', desc: false } : { id: 'asked', desc: true },
  );
  const waiting = useWaiting();
  const answered = plans.data?.plans;
  const rows = useMemo(() => {
    if (state === 'proposed') return waiting.plans;
    return state === 'expired' ? [...waiting.over, ...(answered ?? none)] : (answered ?? none);
  }, [state, waiting, answered]);
  const sentence = !answered
    ? ' '
    : state === 'proposed'
      ? m.plans.waiting(rows.length, waiting.more)
      : m.plans.shown(rows.length, m.plans.states[state]);
  return (
    <div className="page-fill">
      <PageHeader title={m.plans.list} sentence={sentence} />
      <nav className={classes.tabs} aria-label={m.plans.which}>
        {PLAN_STATES.map((each) => (
          <Link
            key={each}
            to="/plans"
            search={each === 'proposed' ? {} : { state: each }}
            aria-current={each === state ? 'page' : undefined}
            activeOptions={{ exact: true }}
          >
            {m.plans.tabs[each]}
          </Link>
        ))}
      </nav>
      {plans.isPending ? (
        <SkeletonRows />
      ) : plans.isError ? (
        <ErrorState error={plans.error} onRetry={() => void plans.refetch()} />
      ) : rows.length === 0 ? (
        state === 'proposed' ? (
          <EmptyState title={m.plans.noneWaits}>{m.plans.noneWaitsHint}</EmptyState>
        ) : (
          <EmptyState title={m.plans.noneOf(m.plans.states[state])} />
        )
      ) : (
        <DataTable
          label={m.plans.list}
          rows={rows}
          columns={COLUMNS[state]}
          rowId={(plan) => plan.id}
          rowName={titleOf}
          sort={sort}
          onSort={setSort}
          onOpen={(plan) => void navigate({ to: '/plans/$id', params: { id: plan.id } })}
          narrow={(plan) => (
            <TwoLines
              title={<PlanLink id={plan.id}>{titleOf(plan)}</PlanLink>}
              aside={<RiskBadge risk={plan.risk} />}
              below={
                <>
                  {plan.created_by} · {m.plans.surfaces[plan.surface]} ·{' '}
                  {state === 'proposed' ? (
                    <>
                      {m.plans.expires} <Age at={plan.expires_at} />
                    </>
                  ) : (
                    <Age at={plan.created_at} />
                  )}
                  <Agreed plan={plan} />
                </>
              }
            />
          )}
        />
      )}
    </div>
  );
}
