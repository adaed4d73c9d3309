// A run as one looks at it: verdict, steps with state, percent and log, cancel.
import { useState } from 'react';
import type { Run, RunStep } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import {
  ErrorState,
  formatBytes,
  formatDuration,
  formatPercent,
  GuestLink,
  guestOfTarget,
  ReasonButton,
  SkeletonRows,
  StatusChip,
} from '@/ui';
import { useCancelRun, useWatchedRun } from './queries';
import classes from './RunView.module.css';
import { countDone, isFinal, isStepFinal, type StepProgress, type WatchedRun } from './runState';

const FIRST_STEPS = 30;

export function verdict({ run, summary }: WatchedRun): string {
  const all = run.steps.length;
  const done = countDone(run.steps);
  if (summary) return summary;
  switch (run.state) {
    case 'succeeded':
      return m.runs.verdict.succeeded(all);
    case 'running':
      return m.runs.verdict.running(done, all);
    case 'partial':
      return m.runs.verdict.partial(done, all);
    case 'cancelled':
      return m.runs.verdict.cancelled(done, all);
    default:
      return m.runs.verdict[run.state];
  }
}

/** `compact` leaves the log out and opens no stream for a run that has ended. */
export function RunView({ id, compact = false }: { id: string; compact?: boolean }) {
  const { watched, stream, error, retry } = useWatchedRun(id, !compact);
  const [all, setAll] = useState(false);
  if (error && !watched) return <ErrorState error={error} onRetry={retry} />;
  if (!watched) return <SkeletonRows rows={2} />;
  const { run } = watched;
  const steps = all ? run.steps : run.steps.slice(0, FIRST_STEPS);
  return (
    <div className={classes.run} data-run-state={run.state}>
      <div className={classes.top}>
        <p className={classes.verdict} aria-live="polite">
          <StatusChip family="run" status={run.state} />
          <span>{verdict(watched)}</span>
        </p>
        <span className={classes.aside}>
          {!isFinal(run.state) && stream === 'waiting' && <span className="dim">{m.runs.reconnecting}</span>}
          {(!isFinal(run.state) || !compact) && <CancelButton run={run} />}
        </span>
      </div>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <StepRow
            key={step.id}
            step={step}
            progress={watched.progress[step.id]}
            log={compact ? undefined : watched.logs[step.id]}
          />
        ))}
      </ol>
      {steps.length < run.steps.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {m.plans.moreSteps(run.steps.length - steps.length)}
        </button>
      )}
    </div>
  );
}

function CancelButton({ run }: { run: Run }) {
  const role = useRole();
  const cancel = useCancelRun(run.id);
  const reason = isFinal(run.state)
    ? m.runs.finished
    : role === 'viewer'
      ? m.runs.viewerCancel
      : cancel.isSuccess
        ? m.runs.cancelling
        : null;
  return (
    <>
      {cancel.isError && <span className="tone-bad tone-text">{cancel.error.message}</span>}
      <ReasonButton
        size="xs"
        variant="default"
        reason={reason}
        loading={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        {m.runs.cancel}
      </ReasonButton>
    </>
  );
}

function StepRow(props: { step: RunStep; progress: StepProgress | undefined; log: string[] | undefined }) {
  const { step, log } = props;
  const running = step.state === 'running';
  const percent = props.progress?.percent ?? null;
  const guest = guestOfTarget(step.target);
  const help = m.runs.stepHelp[step.state as keyof typeof m.runs.stepHelp];
  return (
    <li className={classes.step} data-step-state={step.state}>
      <div className={classes.line}>
        <StatusChip family="step" status={step.state} note={help} />
        <span className={classes.title}>{step.title}</span>
        <span className={classes.target}>
          {guest ? (
            <GuestLink cluster={guest.cluster} vmid={guest.vmid} name={step.target_name} />
          ) : (
            step.target
          )}
        </span>
      </div>
      {running && (
        <div className={classes.progress}>
          <progress
            className={classes.bar}
            max={100}
            {...(percent === null ? {} : { value: percent })}
            aria-label={step.title}
          />
          <span className="tabular dim">
            {[
              percent === null ? null : formatPercent(percent / 100),
              props.progress?.rate ? m.runs.rate(formatBytes(props.progress.rate)) : null,
              props.progress?.eta_s ? m.runs.eta(formatDuration(props.progress.eta_s)) : null,
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </div>
      )}
      {step.error && <p className={`${classes.note} tone-bad tone-text`}>{step.error}</p>}
      {isStepFinal(step.state) && help && !step.error && <p className={`${classes.note} dim`}>{help}</p>}
      {step.verify && (
        <p className={`${classes.note} ${step.verify.ok ? 'dim' : 'tone-warn tone-text'}`}>
          {`${step.verify.ok ? m.runs.verified : m.runs.notVerified}: ${step.verify.text}`}
        </p>
      )}
      {log && log.length > 0 && (
        <details className={classes.log} open={running || step.state === 'failed'}>
          <summary>{m.runs.log}</summary>
          <pre tabIndex={0}>{log.join('\n')}</pre>
        </details>
      )}
    </li>
  );
}
