// The form of an action in a dialog, with what is known already filled in; it hands over to the plan.
import { Modal } from '@mantine/core';
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
  const propose = usePropose();
  const operation = useOperation(op);
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
        <OperationForm
          schema={operation.data.input as Schema}
          given={given}
          submit={operation.data.scope === 'product' ? m.operations.save : m.operations.plan}
          onCancel={onClose}
          onSubmit={(input) => {
            onClose();
            propose({ op, input });
          }}
        />
      )}
    </Modal>
  );
}
