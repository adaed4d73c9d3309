// Plans that wait, as the clock sees them: one whose time is over does not wait, whatever the last answer said.
import type { Plan, PlanState } from '@/api';

export const PLAN_STATES: readonly PlanState[] = ['proposed', 'approved', 'rejected', 'expired'];

export function isPlanState(value: unknown): value is PlanState {
  return PLAN_STATES.some((state) => state === value);
}

/** Those that nobody has judged, the one that expires first at the top. */
export function byExpiry(plans: readonly Plan[]): Plan[] {
  return plans
    .filter((plan) => plan.state === 'proposed')
    .sort((a, b) => Date.parse(a.expires_at) - Date.parse(b.expires_at));
}

/** Of those, by expiry, how many can still be approved: the last so many. */
export function countWaiting(plans: readonly Plan[], now_ms: number): number {
  return plans.filter((plan) => Date.parse(plan.expires_at) > now_ms).length;
}

/** A summary begins with its verb: "stop web-02". */
export function titleOf(plan: Plan): string {
  return plan.summary.charAt(0).toUpperCase() + plan.summary.slice(1);
}
