// One schedule: what it wishes for, when it comes, what became of its times; and running, changing, deleting it.
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { asApiError } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { ValueView } from '@/features/operations';
import { usePropose } from '@/features/runs';
import {
  Age,
  EmptyState,
  ErrorState,
  Facts,
  formatDuration,
  formatMoment,
  PageHeader,
  Panel,
  PlanLink,
  ReasonButton,
  RunLink,
  SkeletonRows,
  StatusChip,
  Sure,
} from '@/ui';
import { type ScheduleDetail, useChange, useSchedule } from './queries';
import classes from './schedules.module.css';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

export function SchedulePage() {
  const { schedule } = useParams({ from: '/schedules/$schedule' });
  return <ScheduleContent key={schedule} name={schedule} />;
}

export function ScheduleContent({ name }: { name: string }) {
  const schedule = useSchedule(name);
  if (schedule.isPending) {
    return (
      <div className="stack">
        <PageHeader title={name} sentence=" " />
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (schedule.isError && !schedule.data) {
    return (
      <div className="stack">
        <PageHeader title={name} />
        {asApiError(schedule.error).status === 404 ? (
          <EmptyState title={m.schedules.notFound(name)}>{m.shell.notFoundHint}</EmptyState>
        ) : (
          <ErrorState error={schedule.error} onRetry={() => void schedule.refetch()} />
        )}
      </div>
    );
  }
  const detail = schedule.data;
  return (
    <div className="stack">
      <PageHeader
        title={detail.name}
        lead={<StatusChip family="schedule" status={detail.enabled ? 'on' : 'off'} />}
        sentence={detail.note ?? detail.what}
        actions={<Buttons detail={detail} />}
      />
      <Panel title={m.guests.facts}>
        <About detail={detail} />
      </Panel>
      <Panel title={m.schedules.firings} flush>
        <Firings detail={detail} />
      </Panel>
    </div>
  );
}

function Buttons({ detail }: { detail: ScheduleDetail }) {
  const role = useRole();
  const propose = usePropose();
  const navigate = useNavigate();
  const [changing, setChanging] = useState(false);
  const set = useChange('schedules.set');
  const remove = useChange('schedules.delete', () => void navigate({ to: '/schedules' }));
  const reason = role === 'viewer' ? m.operations.viewer : null;
  const schedule = detail.name;
  const { calendar, time_zone, windows, jitter_s, missed, note } = detail;
  const error = set.error ?? remove.error;
  return (
    <>
      <ReasonButton reason={reason} onClick={() => propose({ op: 'schedules.run', input: { schedule } })}>
        {m.schedules.runNow}
      </ReasonButton>
      <ReasonButton variant="default" reason={reason} onClick={() => setChanging(true)}>
        {m.schedules.change}
      </ReasonButton>
      <ReasonButton
        variant="default"
        reason={reason}
        loading={set.isPending}
        onClick={() => set.mutate({ schedule, enabled: !detail.enabled })}
      >
        {detail.enabled ? m.schedules.switchOff : m.schedules.switchOn}
      </ReasonButton>
      <span className={classes.apart}>
        <Sure
          label={m.schedules.remove}
          means={m.schedules.removeMeans}
          keep={m.schedules.removeKeep}
          go={m.schedules.removeNow}
          reason={reason}
          onGo={() => remove.mutate({ schedule })}
        />
      </span>
      {error && <ErrorState error={error} />}
      {changing && (
        <Suspense>
          <OperationDialog
            op="schedules.set"
            given={{ schedule, calendar, time_zone, windows, jitter_s, missed, note }}
            onClose={() => setChanging(false)}
          />
        </Suspense>
      )}
    </>
  );
}

function About({ detail }: { detail: ScheduleDetail }) {
  const { does } = detail;
  const what =
    'operation' in does
      ? {
          input: does.operation.input,
          link: (
            <Link to="/operations/$op" params={{ op: does.operation.op }} className="mono">
              {does.operation.op}
            </Link>
          ),
        }
      : {
          input: does.runbook.parameters,
          link: (
            <Link to="/runbooks/$name" params={{ name: does.runbook.name }}>
              {does.runbook.name}
            </Link>
          ),
        };
  const next = !detail.enabled ? (
    <span className="dim">{m.schedules.off}</span>
  ) : (
    <Age at={detail.next_at} missing={m.schedules.never} />
  );
  return (
    <Facts
      items={[
        { name: m.schedules.does, value: what.link },
        {
          name: m.schedules.when,
          value: (
            <>
              <span className="mono">{detail.calendar}</span> {detail.time_zone}
            </>
          ),
        },
        { name: m.schedules.next, value: next },
        {
          name: m.schedules.windows,
          value:
            detail.windows.length === 0 ? (
              m.schedules.anyTime
            ) : (
              <span className="mono">{detail.windows.join(', ')}</span>
            ),
        },
        {
          name: m.schedules.jitter,
          value: detail.jitter_s === 0 ? m.plans.none : m.schedules.upTo(formatDuration(detail.jitter_s)),
        },
        { name: m.schedules.missed, value: m.schedules.missedWays[detail.missed] },
        { name: m.schedules.by, value: detail.by },
        { name: m.runbooks.input, value: <ValueView name="input" value={what.input} />, wide: true },
        {
          name: m.schedules.nextTimes,
          value: (
            <span className="tabular" title={m.schedules.nextTimesHint}>
              {detail.next_times.length === 0
                ? m.schedules.never
                : detail.next_times.map((at) => formatMoment(at)).join(' · ')}
            </span>
          ),
          wide: true,
        },
      ]}
    />
  );
}

function Firings({ detail }: { detail: ScheduleDetail }) {
  if (detail.firings.length === 0) return <EmptyState title={m.schedules.lastNone} />;
  return (
    <ul className={classes.list}>
      {detail.firings.map((firing) => (
        <li key={`${firing.due_at} ${firing.fired_at}`}>
          <StatusChip family="firing" status={firing.outcome} />
          <span>{firing.text}</span>
          <span className={classes.links}>
            {firing.run_id !== null ? (
              <RunLink id={firing.run_id}>{m.plans.showRun}</RunLink>
            ) : (
              firing.plan_id !== null && <PlanLink id={firing.plan_id}>{m.plans.title}</PlanLink>
            )}
            <span className="dim">
              <Age at={firing.due_at} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
