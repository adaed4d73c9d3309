// A run as it is watched: the record plus its event stream, folded by a pure function.
//
// The stream replays from the start after a reload, while the record may already be further: states never go back.
import type { Run, RunState, RunStep, StepState } from '@/api';

export interface StepProgress {
  percent: number | null;
  rate: number | null;
  eta_s: number | null;
}

export interface WatchedRun {
  run: Run;
  progress: Record<string, StepProgress>;
  logs: Record<string, string[]>;
  /** The server's own sentence about the end, when it has come. */
  summary: string | null;
}

export interface RunEvent {
  type: string;
  data: Record<string, unknown>;
}

const LOG_LINES = 500;
const FINAL: RunState[] = ['succeeded', 'partial', 'failed', 'refused', 'cancelled', 'interrupted'];
const RUN_ORDER: Record<string, number> = { queued: 0, running: 1, verifying: 2 };
const STEP_ORDER: Record<string, number> = { pending: 0, running: 1 };

export function isFinal(state: RunState): boolean {
  return FINAL.includes(state);
}

export function isStepFinal(state: StepState): boolean {
  return state !== 'pending' && state !== 'running';
}

export function watch(run: Run): WatchedRun {
  return { run, progress: {}, logs: {}, summary: null };
}

const rank = (order: Record<string, number>, state: string) => order[state] ?? 9;

/** A record of the same run, read at another time than the stream: whatever is further counts, step by step. */
export function mergeRecord(watched: WatchedRun, record: Run): WatchedRun {
  if (isFinal(watched.run.state) && !isFinal(record.state)) return watched;
  const steps = record.steps.map((step) => {
    const seen = watched.run.steps.find((old) => old.id === step.id);
    return seen && rank(STEP_ORDER, seen.state) > rank(STEP_ORDER, step.state) ? seen : step;
  });
  return { ...watched, run: { ...record, steps } };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function changeStep(watched: WatchedRun, id: string | null, change: (step: RunStep) => RunStep): WatchedRun {
  if (id === null) return watched;
  const steps = watched.run.steps.map((step) => (step.id === id ? change(step) : step));
  return { ...watched, run: { ...watched.run, steps } };
}

function changeState(watched: WatchedRun, value: unknown): WatchedRun {
  const state = text(value);
  if (state === null || rank(RUN_ORDER, state) < rank(RUN_ORDER, watched.run.state)) return watched;
  if (isFinal(watched.run.state)) return watched;
  // The server's word; an unknown state is shown by its own name.
  return { ...watched, run: { ...watched.run, state: state as RunState } };
}

export function applyRunEvent(watched: WatchedRun, event: RunEvent): WatchedRun {
  const { type, data } = event;
  const step = text(data.step);
  switch (type) {
    case 'run.state':
      return changeState(watched, data.state);
    case 'step.state':
      return changeStep(watched, step, (old) => {
        const state = text(data.state);
        if (state === null || rank(STEP_ORDER, state) < rank(STEP_ORDER, old.state)) return old;
        return {
          ...old,
          state: state as StepState,
          upid: text(data.upid) ?? old.upid ?? null,
          error: text(data.error) ?? old.error ?? null,
          verify: (data.verify as RunStep['verify'] | undefined) ?? old.verify ?? null,
        };
      });
    case 'step.progress': {
      if (step === null) return watched;
      const progress = { percent: number(data.percent), rate: number(data.rate), eta_s: number(data.eta_s) };
      return { ...watched, progress: { ...watched.progress, [step]: progress } };
    }
    case 'step.log': {
      if (step === null || !Array.isArray(data.lines)) return watched;
      const lines = [...(watched.logs[step] ?? []), ...data.lines.map(String)].slice(-LOG_LINES);
      return { ...watched, logs: { ...watched.logs, [step]: lines } };
    }
    case 'run.finished':
      return { ...changeState(watched, data.state), summary: text(data.summary) ?? watched.summary };
    default:
      return watched;
  }
}

export function countDone(steps: RunStep[]): number {
  return steps.filter((step) => step.state === 'done').length;
}
