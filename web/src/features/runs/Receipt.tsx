// What a run leaves behind: who consented to what, and the way back as far as there is one.
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { operationQuery } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { ErrorState, Facts, Panel, ReasonButton } from '@/ui';
import { LeftOut } from './LeftOut';
import { usePropose } from './PlanFlow';
import classes from './RunView.module.css';

export function Receipt({ id }: { id: string }) {
  const role = useRole();
  const propose = usePropose();
  const receipt = useQuery(operationQuery('runs.receipt', { run: id }));
  if (receipt.isError) {
    return (
      <Panel title={m.runs.receipt}>
        <ErrorState error={receipt.error} onRetry={() => void receipt.refetch()} />
      </Panel>
    );
  }
  if (!receipt.data) return null;
  const { undo, digest, approved_by, approved_as, approved_on, records, left_out, differs, warning } =
    receipt.data;
  const reason = undo.length === 0 ? m.runs.noWayBack : role === 'viewer' ? m.runs.viewerTakeBack : null;
  return (
    <Panel title={m.runs.receipt}>
      {warning !== null && (
        <div className={classes.differs} role="alert">
          <p className="tone-bad tone-text">
            <IconAlertTriangle size={16} aria-hidden="true" /> {m.runs.differs}
          </p>
          <ul>
            {differs.map((one) => (
              <li key={`${one.subject} ${one.field}`}>{one.text}</li>
            ))}
          </ul>
        </div>
      )}
      <Facts
        items={[
          { name: m.runs.consent, value: m.runs.consentOf(approved_by, approved_as, approved_on) },
          { name: m.runs.digest, value: <span className="mono">{digest.slice(0, 16)}</span> },
          { name: m.runs.auditRecords, value: records.length },
          {
            name: m.runs.wayBack,
            value:
              undo.length === 0 ? (
                m.runs.noWayBack
              ) : (
                <ol className={classes.wayBack}>
                  {undo.map((wish) => (
                    <li key={`${wish.op} ${JSON.stringify(wish.input)}`}>{wishText(wish)}</li>
                  ))}
                </ol>
              ),
          },
        ]}
      />
      <LeftOut all={left_out} />
      <ReasonButton
        size="xs"
        variant="default"
        reason={reason}
        onClick={() => propose({ op: 'runs.undo', input: { run: id } })}
      >
        {m.runs.takeBack}
      </ReasonButton>
    </Panel>
  );
}

/** "Start demo/pve1/101": the verb that people know, and what it is done to. */
export function wishText({ op, input }: { op: string; input: unknown }): string {
  const guests = (input as { guests?: unknown } | null)?.guests;
  const verb = m.plans.verbs[op] ?? op;
  return Array.isArray(guests) ? m.plans.approve(verb, guests.join(', ')) : verb;
}
