// One run at its own address: survives a reload, can be sent to a colleague.
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { asApiError, runs } from '@/api';
import { m } from '@/app/messages';
import { Age, EmptyState, Facts, PageHeader, Panel, Unknown } from '@/ui';
import { Receipt } from './Receipt';
import { RunView } from './RunView';
import { isFinal } from './runState';

export function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const record = useQuery({ queryKey: ['run', id], queryFn: () => runs.get(id) });
  if (record.isError && asApiError(record.error).status === 404) {
    return (
      <div className="stack">
        <PageHeader title={m.runs.one} />
        <EmptyState title={m.runs.notFound}>{m.shell.notFoundHint}</EmptyState>
      </div>
    );
  }
  const run = record.data;
  return (
    <div className="stack">
      <PageHeader title={run?.summary ?? m.runs.one} sentence={<span className="mono">{id}</span>} />
      {run && (
        <Panel title={m.guests.facts}>
          <Facts
            items={[
              { name: m.runs.by, value: run.created_by },
              { name: m.plans.states.approved, value: run.approved_by ?? <Unknown /> },
              { name: m.runs.started, value: <Age at={run.started_at} missing={m.runs.verdict.queued} /> },
              { name: m.runs.finishedAt, value: <Age at={run.finished_at} missing={m.runs.notFinished} /> },
            ]}
          />
        </Panel>
      )}
      <Panel title={m.runs.progress}>
        <RunView id={id} />
      </Panel>
      {run && isFinal(run.state) && <Receipt id={id} />}
    </div>
  );
}
