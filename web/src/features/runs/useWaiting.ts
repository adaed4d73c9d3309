// The plans that wait for consent, wherever they were asked for; the same array until one comes or goes.
import { useMemo } from 'react';
import type { Plan } from '@/api';
import { useNow } from '@/ui';
import { byExpiry, countWaiting } from './planStates';
import { usePlans } from './queries';

const none: Plan[] = [];

export function useWaiting(): Plan[] {
  const now_ms = useNow();
  const { data } = usePlans('proposed');
  const all = useMemo(() => (data ? byExpiry(data.plans) : none), [data]);
  const count = countWaiting(all, now_ms);
  return useMemo(() => all.slice(all.length - count), [all, count]);
}
