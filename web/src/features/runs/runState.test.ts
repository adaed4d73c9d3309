// A run as its record and its events tell it.
import { describe, expect, it } from 'vitest';
import { run } from '@/test-support';
import { applyRunEvent, mergeRecord, watch } from './runState';

const apply = (start: ReturnType<typeof watch>, ...events: [string, Record<string, unknown>][]) =>
  events.reduce((watched, [type, data]) => applyRunEvent(watched, { type, data }), start);

describe('watched run', () => {
  it('follows its steps to the end', () => {
    const end = apply(
      watch(run({ state: 'queued' })),
      ['run.state', { state: 'running' }],
      ['step.state', { step: 's1', state: 'running', upid: 'UPID:x' }],
      ['step.progress', { step: 's1', percent: 50, rate: null, eta_s: 3 }],
      ['step.log', { step: 's1', lines: ['a', 'b'] }],
      ['step.state', { step: 's1', state: 'done', verify: { ok: true, text: 'stopped' } }],
      ['run.finished', { state: 'succeeded', summary: 'web-02 is stopped' }],
    );
    expect(end.run.state).toBe('succeeded');
    expect(end.run.steps[0]).toMatchObject({ state: 'done', upid: 'UPID:x', verify: { ok: true } });
    expect(end.progress.s1).toEqual({ percent: 50, rate: null, eta_s: 3 });
    expect(end.logs.s1).toEqual(['a', 'b']);
    expect(end.summary).toBe('web-02 is stopped');
  });

  it('does not go back when the stream replays from the start', () => {
    const done = run({
      state: 'succeeded',
      steps: run().steps.map((step) => ({ ...step, state: 'done' as const })),
    });
    const replayed = apply(
      watch(done),
      ['run.state', { state: 'running' }],
      ['step.state', { step: 's1', state: 'running' }],
    );
    expect(replayed.run).toEqual(done);
  });

  it('keeps the end when an older record arrives', () => {
    const ended = apply(watch(run()), ['run.finished', { state: 'failed', summary: 's' }]);
    expect(mergeRecord(ended, run()).run.state).toBe('failed');
    expect(mergeRecord(watch(run()), run({ state: 'partial' })).run.state).toBe('partial');
  });

  it('takes no step back for a record that was read earlier', () => {
    const done = apply(watch(run({ state: 'running' })), ['step.state', { step: 's1', state: 'done' }]);
    expect(mergeRecord(done, run({ state: 'running' })).run.steps[0]?.state).toBe('done');
  });

  it('ignores what it does not know', () => {
    const start = watch(run());
    expect(apply(start, ['heartbeat', {}], ['step.log', { step: 's1' }])).toBe(start);
  });
});
