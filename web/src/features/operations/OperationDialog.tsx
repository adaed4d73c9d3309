// The form of an action in a dialog, with what is known already filled in. It stays, with what was typed, until the
// product has understood it; then the plan takes its place.
import { Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { act } from '@/api';
import { m } from '@/app/messages';
import { usePropose } from '@/features/runs';
import { ErrorState, SkeletonRows, WithCode } from '@/ui';
import type { Schema } from './fields';
import { OperationForm } from './OperationForm';
import { useOperation } from './queries';

interface Props {
  op: string;
  given: Record<string, unknown>;
  onClose: () => void;
}

export function OperationDialog({ op, given, onClose }: Props) {
  const client = useQueryClient();
  const propose = usePropose();
  const operation = useOperation(op);
  const wish = useMutation({
    mutationFn: (input: Record<string, unknown>) => act(op, input),
    onSuccess: (answer, input) => {
      // What was done at once changed the product's own data: nothing on the page may be old.
      if (answer.kind === 'done') void client.invalidateQueries();
      onClose();
      propose({ op, input }, answer);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={operation.data ? <WithCode text={operation.data.summary} /> : op}
      size={560}
      closeButtonProps={{ 'aria-label': m.plans.close }}
    >
      {operation.isPending ? (
        <SkeletonRows rows={4} />
      ) : operation.isError ? (
        <ErrorState error={operation.error} onRetry={() => void operation.refetch()} />
      ) : (
        <>
          <OperationForm
            // The schema is the operation's own, as JSON.
            schema={operation.data.input as Schema}
            given={given}
            submit={operation.data.scope === 'product' ? m.operations.save : m.operations.plan}
            busy={wish.isPending}
            onCancel={onClose}
            onSubmit={(input) => wish.mutate(input)}
          />
          {wish.isError && <ErrorState error={wish.error} />}
        </>
      )}
    </Modal>
  );
}
