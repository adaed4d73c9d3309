// What a rehearsal on the twin foretold: verdict, errors, changes, times away, and what it does not say.
import { IconAlertTriangle, IconCircleCheck, IconHelpCircle } from '@tabler/icons-react';
import type { Rehearsal } from '@/api';
import { m } from '@/app/messages';
import { formatDuration, formatValue } from '@/ui';
import classes from './Plan.module.css';

const looks = {
  succeeds: { tone: 'ok', icon: IconCircleCheck },
  partial: { tone: 'warn', icon: IconAlertTriangle },
  fails: { tone: 'bad', icon: IconAlertTriangle },
  refused: { tone: 'bad', icon: IconAlertTriangle },
  unknown: { tone: 'idle', icon: IconHelpCircle },
};

const FIRST_LINES = 12;

export function RehearsalResult({ rehearsal }: { rehearsal: Rehearsal }) {
  const look = looks[rehearsal.outcome];
  const Icon = look.icon;
  const done = rehearsal.steps.filter((step) => step.state === 'done').length;
  const errors = rehearsal.steps.flatMap((step) =>
    step.error === null ? [] : [{ key: step.id, text: `${step.title}: ${step.error}` }],
  );
  const changes = rehearsal.changes.map((change) => ({
    key: `${change.target} ${change.field}`,
    text: `${change.name || change.target} ${change.field}: ${formatValue(change.before)} → ${formatValue(change.after)}`,
  }));
  const away = rehearsal.targets.flatMap((target) => {
    if (target.stays_away) return [{ key: target.target, text: m.rehearsal.staysAway(target.name) }];
    if (target.interruption_s === null) return [];
    return [
      { key: target.target, text: m.rehearsal.away(target.name, formatDuration(target.interruption_s)) },
    ];
  });
  const gaps = rehearsal.not_rehearsed.map((gap) => ({ key: gap.what, text: `${gap.what}: ${gap.why}` }));
  return (
    <section className={classes.rehearsal} aria-label={m.rehearsal.title}>
      <p className={classes.line}>
        <span className={`status tone-${look.tone}`}>
          <Icon size={14} aria-hidden="true" />
          <strong>{m.rehearsal.outcomes[rehearsal.outcome]}</strong>
        </span>{' '}
        <span>{rehearsal.refused ?? m.rehearsal.done(done, rehearsal.steps.length)}</span>
        {rehearsal.duration_s !== null && (
          <span className="dim"> {m.rehearsal.takes(formatDuration(rehearsal.duration_s))}</span>
        )}
      </p>
      <Lines title={m.rehearsal.errors} lines={errors} />
      <Lines title={m.rehearsal.changes} lines={changes} />
      <Lines title={m.rehearsal.awayTitle} lines={away} />
      <details>
        <summary>{m.rehearsal.gaps(gaps.length)}</summary>
        <Lines title={null} lines={gaps} />
      </details>
      <p className={`${classes.line} dim tabular`}>
        {m.rehearsal.cost(rehearsal.requests, rehearsal.facts_at)}
      </p>
    </section>
  );
}

function Lines({ title, lines }: { title: string | null; lines: { key: string; text: string }[] }) {
  if (lines.length === 0) return null;
  const more = lines.length - FIRST_LINES;
  return (
    <div>
      {title !== null && <strong>{title}</strong>}
      <ul className={classes.rehearsed}>
        {lines.slice(0, FIRST_LINES).map((line) => (
          <li key={line.key}>{line.text}</li>
        ))}
        {more > 0 && <li className="dim">{m.rehearsal.more(more)}</li>}
      </ul>
    </div>
  );
}
