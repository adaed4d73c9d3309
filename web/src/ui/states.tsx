// The states between data: loading with the final size, empty with what to do, an error as sentence, hint and retry.
import { Button, Skeleton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { asApiError } from '@/api';
import { m } from '@/app/messages';
import classes from './page.module.css';
import { WithCode } from './WithCode';

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { problem, retryAfter_s } = asApiError(error);
  return (
    <div className={classes.notice} role="alert">
      <p className={`${classes.noticeTitle} tone-bad tone-text`}>
        <IconAlertTriangle size={16} aria-hidden="true" />
        {problem.title || m.state.errorTitle}
      </p>
      {problem.detail && problem.detail !== problem.title && (
        <p className={classes.noticeText}>
          <WithCode text={problem.detail} />
        </p>
      )}
      {problem.hint && (
        <p className={classes.noticeText}>
          <WithCode text={problem.hint} />
        </p>
      )}
      {retryAfter_s !== null && <p className={classes.noticeText}>{m.state.again(retryAfter_s)}</p>}
      {onRetry && problem.retry !== 'never' && (
        <Button size="xs" variant="default" onClick={onRetry}>
          {m.state.retry}
        </Button>
      )}
    </div>
  );
}

export function EmptyState({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={`${classes.notice} ${classes.noticeCentre}`}>
      <p className={classes.noticeTitle}>{title}</p>
      {typeof children === 'string' ? <p className={classes.noticeText}>{children}</p> : children}
    </div>
  );
}

/** Rows of the final height, so that nothing jumps when the data arrives. */
export function SkeletonRows({ rows = 6, height = 24 }: { rows?: number; height?: number }) {
  return (
    <div className={classes.skeleton} role="status" aria-label={m.shell.loading}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </div>
  );
}
