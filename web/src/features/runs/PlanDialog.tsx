// The dialog around a plan: works it out, shows it, follows its run.
import { Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { type Acted, act } from '@/api';
import { m } from '@/app/messages';
import { ErrorState, SkeletonRows } from '@/ui';
import classes from './Plan.module.css';
import { PlanCard } from './PlanCard';
import type { Request } from './planWords';

interface Props {
  request: Request;
  /** What came of the request, where it was asked before. */
  answered?: Acted | undefined;
  onClose: () => void;
  onAgain: () => void;
}

export function PlanDialog({ request, answered, onClose, onAgain }: Props) {
  const client = useQueryClient();
  const plan = useMutation({
    mutationFn: () => act(request.op, request.input),
    // What was done at once changed the product's own data: nothing on the page may be old.
    onSuccess: (answer) => {
      if (answer.kind !== 'plan') void client.invalidateQueries();
    },
  });
  // A plan is proposed once per opening, also where effects run twice.
  const asked = useRef(answered !== undefined);
  const { mutate } = plan;
  useEffect(() => {
    if (asked.current) return;
    asked.current = true;
    mutate();
  }, [mutate]);
  const answer = plan.data ?? answered;
  return (
    <Modal
      opened
      onClose={onClose}
      title={m.plans.title}
      size={820}
      closeButtonProps={{ 'aria-label': m.plans.close }}
    >
      <div className={classes.container}>
        {plan.isError ? (
          <ErrorState error={plan.error} onRetry={onAgain} />
        ) : answer?.kind === 'plan' ? (
          <PlanCard plan={answer.plan} onAgain={onAgain} onRejected={onClose} />
        ) : answer ? (
          <p role="status">{m.operations.done}</p>
        ) : (
          <div>
            <p className="dim" aria-live="polite">
              {m.operations.planning}
            </p>
            <SkeletonRows rows={4} />
          </div>
        )}
      </div>
    </Modal>
  );
}
