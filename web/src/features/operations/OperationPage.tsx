// One operation: its form; a query's answer stands below, an action leads to its plan.
import { useMutation } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { asApiError, ask } from '@/api';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { RiskBadge, usePropose } from '@/features/runs';
import { EmptyState, ErrorState, PageHeader, Panel, SkeletonRows, WithCode } from '@/ui';
import { AnswerView } from './AnswerView';
import type { Schema } from './fields';
import { OperationForm } from './OperationForm';
import { useOperation } from './queries';

export function OperationPage() {
  const { op } = useParams({ from: '/operations/$op' });
  return <Operation key={op} op={op} />;
}

export function Operation({ op }: { op: string }) {
  const role = useRole();
  const propose = usePropose();
  const operation = useOperation(op);
  const answer = useMutation({ mutationFn: (input: Record<string, unknown>) => ask(op, input) });
  if (operation.isPending) {
    return (
      <div className="stack">
        <PageHeader title={op} sentence=" " />
        <SkeletonRows />
      </div>
    );
  }
  if (operation.isError) {
    return (
      <div className="stack">
        <PageHeader title={op} />
        {asApiError(operation.error).status === 404 ? (
          <EmptyState title={m.operations.notFound(op)} />
        ) : (
          <ErrorState error={operation.error} onRetry={() => void operation.refetch()} />
        )}
      </div>
    );
  }
  const { kind, risk, scope, summary, input } = operation.data;
  const changes = kind === 'action';
  return (
    <div className="stack">
      <PageHeader
        title={op}
        lead={changes ? <RiskBadge risk={risk} /> : null}
        sentence={<WithCode text={summary} />}
      />
      {kind === 'feed' ? (
        <EmptyState title={m.operations.feed} />
      ) : (
        <Panel title={m.operations.input}>
          <OperationForm
            // The schema is the operation's own, as JSON.
            schema={input as Schema}
            submit={labelFor(changes, scope)}
            reason={changes && role === 'viewer' ? m.operations.viewer : null}
            busy={answer.isPending}
            onSubmit={(given) => (changes ? propose({ op, input: given }) : answer.mutate(given))}
          />
        </Panel>
      )}
      {answer.isError && <ErrorState error={answer.error} />}
      {answer.isSuccess && <AnswerView answer={answer.data} />}
    </div>
  );
}

function labelFor(changes: boolean, scope: string): string {
  if (!changes) return m.operations.look;
  return scope === 'product' ? m.operations.save : m.operations.plan;
}
