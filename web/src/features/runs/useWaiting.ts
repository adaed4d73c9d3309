// The plans that wait for consent, wherever they were asked for. The server calls a plan expired when somebody touches
// it; here the clock decides. The same arrays until one comes, goes or expires.
import { useMemo } from 'react';
import type { Plan } from '@/api';
import { useNow } from '@/ui';
import { byExpiry, countWaiting } from './planStates';
import { PLANS_SHOWN, usePlans } from './queries';

const none: Plan[] = [];

interface Waiting {
  plans: Plan[];
  /** Their time is over, and nobody touched them since. */
  over: Plan[];
  /** There may be more than were asked for. */
  more: boolean;
}

export function useWaiting(): Waiting {
  const now_ms = useNow();
  const { data } = usePlans('proposed');
  const all = useMemo(() => (data ? byExpiry(data.plans) : none), [data]);
  const count = countWaiting(all, now_ms);
  return useMemo(
    () => ({
      plans: all.slice(all.length - count),
      over: all.slice(0, all.length - count),
      more: all.length >= PLANS_SHOWN,
    }),
    [all, count],
  );
}
