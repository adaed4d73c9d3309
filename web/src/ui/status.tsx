// What each status means: its tone, its icon and its word, decided once for the whole console.
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleFilled,
  IconCircleOff,
  IconCircleX,
  IconClock,
  IconLoader2,
  IconPlayerPause,
  IconPlayerStopFilled,
  IconQuestionMark,
  IconTemplate,
  type TablerIcon,
} from '@tabler/icons-react';
import { m } from '@/app/messages';

export type Tone = 'ok' | 'idle' | 'warn' | 'bad' | 'act' | 'ai';

interface Look {
  tone: Tone;
  icon: TablerIcon;
  word: string;
}

const looks: Record<string, Look> = {
  running: { tone: 'ok', icon: IconCircleFilled, word: m.status.running },
  stopped: { tone: 'idle', icon: IconPlayerStopFilled, word: m.status.stopped },
  paused: { tone: 'warn', icon: IconPlayerPause, word: m.status.paused },
  suspended: { tone: 'warn', icon: IconPlayerPause, word: m.status.suspended },
  online: { tone: 'ok', icon: IconCircleFilled, word: m.status.online },
  offline: { tone: 'bad', icon: IconCircleX, word: m.status.offline },
  degraded: { tone: 'warn', icon: IconAlertTriangle, word: m.status.degraded },
  unreachable: { tone: 'bad', icon: IconCircleX, word: m.status.unreachable },
  available: { tone: 'ok', icon: IconCircleFilled, word: m.status.available },
  fresh: { tone: 'ok', icon: IconCircleFilled, word: m.status.fresh },
  stale: { tone: 'warn', icon: IconClock, word: m.status.stale },
  template: { tone: 'idle', icon: IconTemplate, word: m.status.template },
  unknown: { tone: 'idle', icon: IconQuestionMark, word: m.status.unknown },
};

const runLooks: Record<string, Look> = {
  queued: { tone: 'idle', icon: IconClock, word: m.runs.states.queued },
  running: { tone: 'act', icon: IconLoader2, word: m.runs.states.running },
  verifying: { tone: 'act', icon: IconLoader2, word: m.runs.states.verifying },
  succeeded: { tone: 'ok', icon: IconCircleCheck, word: m.runs.states.succeeded },
  partial: { tone: 'warn', icon: IconAlertTriangle, word: m.runs.states.partial },
  failed: { tone: 'bad', icon: IconCircleX, word: m.runs.states.failed },
  refused: { tone: 'bad', icon: IconCircleOff, word: m.runs.states.refused },
  cancelled: { tone: 'idle', icon: IconCircleOff, word: m.runs.states.cancelled },
  interrupted: { tone: 'bad', icon: IconAlertTriangle, word: m.runs.states.interrupted },
};

const stepLooks: Record<string, Look> = {
  pending: { tone: 'idle', icon: IconCircleDashed, word: m.runs.stepStates.pending },
  running: { tone: 'act', icon: IconLoader2, word: m.runs.stepStates.running },
  done: { tone: 'ok', icon: IconCircleCheck, word: m.runs.stepStates.done },
  failed: { tone: 'bad', icon: IconCircleX, word: m.runs.stepStates.failed },
  not_executed: { tone: 'idle', icon: IconCircleOff, word: m.runs.stepStates.not_executed },
  unknown: { tone: 'warn', icon: IconQuestionMark, word: m.runs.stepStates.unknown },
};

const planLooks: Record<string, Look> = {
  proposed: { tone: 'act', icon: IconClock, word: m.plans.states.proposed },
  approved: { tone: 'ok', icon: IconCircleCheck, word: m.plans.states.approved },
  rejected: { tone: 'idle', icon: IconCircleOff, word: m.plans.states.rejected },
  expired: { tone: 'warn', icon: IconClock, word: m.plans.states.expired },
};

const sourceLooks: Record<string, Look> = {
  new: { tone: 'idle', icon: IconCircleDashed, word: m.knowledge.states.new },
  working: { tone: 'act', icon: IconLoader2, word: m.knowledge.states.working },
  ready: { tone: 'ok', icon: IconCircleCheck, word: m.knowledge.states.ready },
  empty: { tone: 'idle', icon: IconCircleDashed, word: m.knowledge.states.empty },
  partly: { tone: 'warn', icon: IconAlertTriangle, word: m.knowledge.states.partly },
  failed: { tone: 'bad', icon: IconCircleX, word: m.knowledge.states.failed },
};

const firingLooks: Record<string, Look> = {
  firing: { tone: 'act', icon: IconLoader2, word: m.schedules.outcomes.firing },
  runs: { tone: 'act', icon: IconLoader2, word: m.schedules.outcomes.runs },
  waits: { tone: 'warn', icon: IconClock, word: m.schedules.outcomes.waits },
  done: { tone: 'ok', icon: IconCircleCheck, word: m.schedules.outcomes.done },
  failed: { tone: 'bad', icon: IconCircleX, word: m.schedules.outcomes.failed },
  refused: { tone: 'bad', icon: IconCircleOff, word: m.schedules.outcomes.refused },
  missed: { tone: 'warn', icon: IconAlertTriangle, word: m.schedules.outcomes.missed },
  outside_window: { tone: 'idle', icon: IconCircleOff, word: m.schedules.outcomes.outside_window },
  unanswered: { tone: 'idle', icon: IconCircleOff, word: m.schedules.outcomes.unanswered },
  nothing_to_do: { tone: 'ok', icon: IconCircleCheck, word: m.schedules.outcomes.nothing_to_do },
};

const scheduleLooks: Record<string, Look> = {
  on: { tone: 'ok', icon: IconCircleFilled, word: m.schedules.states.on },
  off: { tone: 'idle', icon: IconPlayerPause, word: m.schedules.states.off },
};

const families = {
  object: looks,
  run: runLooks,
  step: stepLooks,
  plan: planLooks,
  source: sourceLooks,
  firing: firingLooks,
  schedule: scheduleLooks,
};
export type StatusFamily = keyof typeof families;

/** A status the console does not know is shown by its own word, without a claim about it. */
export function lookOf(family: StatusFamily, status: string): Look {
  return families[family][status] ?? { tone: 'idle', icon: IconQuestionMark, word: status };
}

export function StatusChip({
  status,
  family = 'object',
  note,
}: {
  status: string;
  family?: StatusFamily;
  note?: string | null | undefined;
}) {
  const look = lookOf(family, status);
  const Icon = look.icon;
  const turns = look.icon === IconLoader2;
  return (
    <span className={`status tone-${look.tone}`} title={note ?? undefined}>
      <Icon size={12} aria-hidden="true" className={turns ? 'turning' : undefined} />
      <span>{look.word}</span>
    </span>
  );
}
