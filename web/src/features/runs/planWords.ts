// How a plan is named: "Stop web-02", "Shut down 12 guests"; and what a refusal of the server means for it.
import { type ActionName, type Actions, asApiError, type Plan } from '@/api';
import { m } from '@/app/messages';

/** The person-made request a plan came from, so that it can be planned again. */
export type Request = { [A in ActionName]: { op: A; input: Actions[A] } }[ActionName] | FormRequest;

/** A request that a form made from the operation's own schema, which the compiler does not know. */
export interface FormRequest {
  op: string;
  input: Record<string, unknown>;
}

const LABEL_CHARACTERS = 60;

export function approveLabel(plan: Plan): string {
  const verb = m.plans.verbs[plan.op];
  // A summary begins with its verb: "migrate web-02 to pve2".
  if (verb === undefined) {
    const text = plan.summary.charAt(0).toUpperCase() + plan.summary.slice(1);
    return text.length > LABEL_CHARACTERS ? `${text.slice(0, LABEL_CHARACTERS - 1)}…` : text;
  }
  const targets = new Set(plan.steps.map((step) => step.target));
  const [first] = plan.steps;
  const what = targets.size === 1 && first ? first.target_name : m.plans.manyTargets(targets.size);
  return m.plans.approve(verb, what);
}

export type Refusal =
  | { kind: 'changed'; lines: string[] }
  | { kind: 'expired' | 'rejected' | 'approved' | 'digest' }
  | { kind: 'forbidden'; text: string }
  | { kind: 'confirm'; text: string }
  | { kind: 'other' };

/** One line per difference, whatever shape the server gives it. */
export function differenceLines(difference: unknown[]): string[] {
  return difference.map((each) => {
    if (typeof each === 'string') return each;
    if (each === null || typeof each !== 'object') return String(each);
    const entry = each as Record<string, unknown>;
    const what = [entry.guest ?? entry.target, entry.field]
      .filter((part) => typeof part === 'string')
      .join(' ');
    const before = entry.before ?? entry.expected;
    const after = entry.after ?? entry.found ?? entry.actual;
    if (before !== undefined || after !== undefined) return `${what}: ${String(before)} → ${String(after)}`;
    return Object.entries(entry)
      .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join(', ');
  });
}

export function refusalOf(error: unknown): Refusal {
  const api = asApiError(error);
  const detail = api.problem.detail ?? api.problem.title;
  switch (api.code) {
    case 'precondition_changed': {
      const lines = differenceLines(api.problem.difference ?? []);
      return { kind: 'changed', lines: lines.length > 0 ? lines : [detail] };
    }
    case 'plan_expired':
      return { kind: 'expired' };
    case 'plan_rejected':
      return { kind: 'rejected' };
    case 'plan_already_approved':
      return { kind: 'approved' };
    case 'digest_mismatch':
      return { kind: 'digest' };
    case 'confirm_required':
    case 'confirm_mismatch':
      return { kind: 'confirm', text: detail };
    default:
      if (api.status === 403)
        return { kind: 'forbidden', text: [detail, api.problem.hint].filter(Boolean).join(' ') };
      return { kind: 'other' };
  }
}
