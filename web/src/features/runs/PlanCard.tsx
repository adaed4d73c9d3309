// A plan to be judged: what changes, what is interrupted, what cannot be undone — then approve or reject, then its run.
// The same card appears in dialogs and in the conversation with the assistant.
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { type Plan, plans } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { FactsOfPlan } from '@/features/memory';
import { ErrorState, formatCountdown, ReasonButton, StatusChip, useNow } from '@/ui';
import { LeftOut } from './LeftOut';
import classes from './Plan.module.css';
import { PlanSteps } from './PlanSteps';
import { Preflight, RiskBadge } from './Preflight';
import { approveLabel, type Refusal, refusalOf } from './planWords';
import { usePlan } from './queries';
import { RehearsalResult } from './Rehearsal';
import { RunView } from './RunView';

interface Props {
  plan: Plan;
  /** Makes a new plan of the same request. */
  onAgain?: (() => void) | undefined;
  onRejected?: (() => void) | undefined;
}

export function PlanCard({ plan: given, onAgain, onRejected }: Props) {
  const client = useQueryClient();
  const role = useRole();
  const now_ms = useNow();
  const current = usePlan(given.id);
  const plan = current.data ?? given;
  const [typed, setTyped] = useState('');

  const listAgain = () => void client.invalidateQueries({ queryKey: ['plans.list'] });
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['plan', plan.id] });
    listAgain();
  };
  const approve = useMutation({
    mutationFn: () =>
      plans.approve(
        plan.id,
        plan.confirm ? { digest: plan.digest, confirm: typed } : { digest: plan.digest },
      ),
    onSuccess: (answer) => {
      listAgain();
      // Where several people have to agree, the answer is the plan that waits for the next one.
      if ('digest' in answer) {
        client.setQueryData<Plan>(['plan', plan.id], answer);
        return;
      }
      const run = answer;
      client.setQueryData<Plan>(['plan', plan.id], { ...plan, state: 'approved', run_id: run.id });
      void client.invalidateQueries({ queryKey: ['runs.list'] });
    },
    onError: refresh,
  });
  const reject = useMutation({
    mutationFn: () => plans.reject(plan.id),
    onSuccess: () => {
      listAgain();
      client.setQueryData<Plan>(['plan', plan.id], { ...plan, state: 'rejected' });
      onRejected?.();
    },
    onError: refresh,
  });

  const rehearse = useMutation({
    mutationFn: () => plans.rehearse(plan.id),
    onSuccess: (rehearsal) => client.setQueryData<Plan>(['plan', plan.id], { ...plan, rehearsal }),
    onError: refresh,
  });

  const left_s = (Date.parse(plan.expires_at) - now_ms) / 1000;
  const state = plan.state === 'proposed' && left_s <= 0 ? 'expired' : plan.state;
  const refusal = approve.isError && state !== 'approved' ? refusalOf(approve.error) : null;
  const open = state === 'proposed' && (!refusal || refusal.kind === 'confirm' || refusal.kind === 'other');
  const irreversible = plan.irreversible.length;
  const reason =
    role === 'viewer'
      ? m.plans.viewer
      : role === 'operator' && plan.risk === 'destructive'
        ? m.plans.operator
        : plan.confirm && typed.trim() !== plan.confirm.text
          ? m.plans.confirmMissing
          : null;

  return (
    <section
      className={classes.card}
      aria-label={`${m.plans.title}: ${plan.summary}`}
      data-plan-state={state}
    >
      <div className={classes.head}>
        <strong className={classes.summary}>{plan.summary}</strong>
        <RiskBadge risk={plan.risk} />
        {state !== 'proposed' && <StatusChip family="plan" status={state} />}
        {open && <span className="dim tabular">{m.plans.expiresIn(formatCountdown(left_s))}</span>}
      </div>
      {plan.run_id ? (
        <>
          <RunView id={plan.run_id} compact />
          <LeftOut all={plan.left_out} />
          <div className={classes.actions}>
            <Link to="/runs/$id" params={{ id: plan.run_id }}>
              {m.plans.showRun}
            </Link>
          </div>
        </>
      ) : (
        <>
          <PlanSteps plan={plan} />
          <LeftOut all={plan.left_out} />
          <Preflight signals={plan.preflight} />
          <FactsOfPlan plan={plan.id} />
          {plan.on_failure !== 'continue' && (
            <p className={classes.line}>{m.plans.onFailure[plan.on_failure]}</p>
          )}
          {irreversible > 0 && (
            <p className={`${classes.line} tone-bad tone-text`}>
              {m.plans.irreversible(irreversible, plan.steps.length)}
            </p>
          )}
          {plan.rehearsal && <RehearsalResult rehearsal={plan.rehearsal} />}
          {rehearse.isError && <ErrorState error={rehearse.error} />}
          {plan.approvals.length > 0 && state === 'proposed' && (
            <p className={classes.line}>
              {m.plans.waitsForOthers(
                plan.approvals.map((approval) => approval.by).join(', '),
                plan.ruling?.people ?? 1,
              )}
            </p>
          )}
          {refusal && <RefusalText refusal={refusal} error={approve.error} />}
          {reject.isError && <ErrorState error={reject.error} />}
          {!refusal && state === 'expired' && <p className={classes.line}>{m.plans.expired}</p>}
          {!refusal && state === 'rejected' && <p className={classes.line}>{m.plans.rejected}</p>}
          {open && plan.confirm && (
            <TextInput
              label={plan.confirm.prompt || m.plans.confirmLabel(plan.confirm.text)}
              {...(plan.confirm.prompt.includes(plan.confirm.text)
                ? {}
                : { description: m.plans.confirmLabel(plan.confirm.text) })}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              className={classes.confirm ?? ''}
            />
          )}
          <div className={classes.actions}>
            {open ? (
              <>
                <ReasonButton
                  variant="default"
                  reason={role === 'viewer' ? m.rehearsal.viewer : null}
                  loading={rehearse.isPending}
                  onClick={() => rehearse.mutate()}
                >
                  {plan.rehearsal ? m.rehearsal.again : m.rehearsal.start}
                </ReasonButton>
                <ReasonButton variant="default" loading={reject.isPending} onClick={() => reject.mutate()}>
                  {m.plans.reject}
                </ReasonButton>
                <ReasonButton
                  color={plan.risk === 'destructive' ? 'red.9' : 'blue'}
                  reason={reason}
                  loading={approve.isPending}
                  onClick={() => approve.mutate()}
                >
                  {approveLabel(plan)}
                </ReasonButton>
              </>
            ) : (
              state !== 'approved' &&
              onAgain && <ReasonButton onClick={onAgain}>{m.plans.again}</ReasonButton>
            )}
          </div>
        </>
      )}
    </section>
  );
}

function RefusalText({ refusal, error }: { refusal: Refusal; error: unknown }) {
  switch (refusal.kind) {
    case 'changed':
      return (
        <div className={classes.refusal} role="alert">
          <strong>{m.plans.changed}</strong>
          <ul>
            {refusal.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      );
    case 'expired':
      return <p className={classes.line}>{m.plans.expired}</p>;
    case 'rejected':
      return <p className={classes.line}>{m.plans.rejected}</p>;
    case 'approved':
      return <p className={classes.line}>{m.plans.approvedElsewhere}</p>;
    case 'digest':
      return <p className={classes.line}>{m.plans.digest}</p>;
    case 'forbidden':
      return (
        <div className={classes.refusal} role="alert">
          <strong>{m.plans.forbidden}</strong>
          <p className={classes.line}>{refusal.text}</p>
        </div>
      );
    case 'confirm':
      return (
        <p className={`${classes.line} tone-bad tone-text`} role="alert">
          {refusal.text}
        </p>
      );
    case 'other':
      return <ErrorState error={error} />;
  }
}
