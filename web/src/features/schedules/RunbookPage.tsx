// One runbook: its parameters and steps; running, scheduling, changing, exporting and deleting it.
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { asApiError, query } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { ValueView } from '@/features/operations';
import {
  Age,
  EmptyState,
  ErrorState,
  formatValue,
  PageHeader,
  Panel,
  ReasonButton,
  SkeletonRows,
  Sure,
} from '@/ui';
import { type RunbookDetail, useChange, useRunbook } from './queries';
import classes from './schedules.module.css';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

export function RunbookPage() {
  const { name } = useParams({ from: '/runbooks/$name' });
  return <RunbookContent key={name} name={name} />;
}

export function RunbookContent({ name }: { name: string }) {
  const runbook = useRunbook(name);
  if (runbook.isPending) {
    return (
      <div className="stack">
        <PageHeader title={name} sentence=" " />
        <SkeletonRows rows={8} />
      </div>
    );
  }
  if (runbook.isError && !runbook.data) {
    return (
      <div className="stack">
        <PageHeader title={name} />
        {asApiError(runbook.error).status === 404 ? (
          <EmptyState title={m.runbooks.notFound(name)}>{m.shell.notFoundHint}</EmptyState>
        ) : (
          <ErrorState error={runbook.error} onRetry={() => void runbook.refetch()} />
        )}
      </div>
    );
  }
  const { summary, created_by, created_at, parameters, steps } = runbook.data;
  return (
    <div className="stack">
      <PageHeader
        title={name}
        sentence={
          <>
            {summary}
            <span className="dim">
              {' '}
              · {created_by}, <Age at={created_at} />
            </span>
          </>
        }
        actions={<Buttons name={name} />}
      />
      <Panel title={m.runbooks.parameters} flush>
        {parameters.length === 0 ? (
          <EmptyState title={m.runbooks.noParameters} />
        ) : (
          <Parameters parameters={parameters} />
        )}
      </Panel>
      <Panel title={m.runbooks.steps} flush>
        <ol className={classes.list}>
          {steps.map((step) => (
            <li key={step.line}>
              <Link to="/operations/$op" params={{ op: step.op }} className="mono">
                {step.op}
              </Link>
              <ValueView name="input" value={step.input} />
              <span className={`${classes.links} dim`}>
                {m.runbooks.line} {step.line}
              </span>
            </li>
          ))}
        </ol>
      </Panel>
    </div>
  );
}

function Parameters({ parameters }: { parameters: RunbookDetail['parameters'] }) {
  return (
    <ul className={classes.list}>
      {parameters.map((parameter) => (
        <li key={parameter.name}>
          <span>
            <span className="mono">{parameter.name}</span> <span className="dim">{parameter.type}</span>
          </span>
          <span>{parameter.about}</span>
          <span className={classes.links}>
            {parameter.default === null ? (
              m.runbooks.needed
            ) : (
              <span className="dim">
                {m.runbooks.without}: {formatValue(parameter.default)}
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** Hands a text to the person as a file. */
function saveFile(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function Buttons({ name }: { name: string }) {
  const role = useRole();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<{ op: string; given: Record<string, unknown> } | null>(null);
  const source = () => query('runbooks.export', { name });
  const save = useMutation({
    mutationFn: source,
    onSuccess: (answer) => saveFile(`${name}.yaml`, answer.source),
  });
  const change = useMutation({
    mutationFn: source,
    onSuccess: (answer) =>
      setDialog({ op: 'runbooks.create', given: { source: answer.source, replace: true } }),
  });
  const remove = useChange('runbooks.delete', () => void navigate({ to: '/runbooks' }));
  const reason = role === 'viewer' ? m.operations.viewer : null;
  const error = save.error ?? change.error ?? remove.error;
  return (
    <>
      <ReasonButton reason={reason} onClick={() => setDialog({ op: 'runbooks.run', given: { name } })}>
        {m.runbooks.run}
      </ReasonButton>
      <ReasonButton
        variant="default"
        reason={reason}
        onClick={() => setDialog({ op: 'schedules.create', given: { runbook: name } })}
      >
        {m.runbooks.schedule}
      </ReasonButton>
      <ReasonButton
        variant="default"
        reason={reason}
        loading={change.isPending}
        onClick={() => change.mutate()}
      >
        {m.runbooks.change}
      </ReasonButton>
      <ReasonButton variant="default" loading={save.isPending} onClick={() => save.mutate()}>
        {m.runbooks.export}
      </ReasonButton>
      <span className={classes.apart}>
        <Sure
          label={m.runbooks.remove}
          means={m.runbooks.removeMeans}
          keep={m.runbooks.removeKeep}
          go={m.runbooks.removeNow}
          reason={reason}
          onGo={() => remove.mutate({ name })}
        />
      </span>
      {error && <ErrorState error={error} />}
      {dialog && (
        <Suspense>
          <OperationDialog op={dialog.op} given={dialog.given} onClose={() => setDialog(null)} />
        </Suspense>
      )}
    </>
  );
}
