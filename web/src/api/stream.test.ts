// Streams that are kept alive: resume after the last id, stop at the last event, give up on a refusal.
import { describe, expect, it, vi } from 'vitest';
import { ApiError } from './problem';
import type { StreamEvent } from './sse';
import { keepStream } from './stream';

const event = (id: string, name = 'message'): StreamEvent => ({ id, event: name, data: id });

async function* of(...events: StreamEvent[]) {
  yield* events;
}

describe('keepStream', () => {
  it('opens again after the last id it has seen, and not after the last event', async () => {
    vi.useFakeTimers();
    const asked: (string | null)[] = [];
    const seen: string[] = [];
    const states: string[] = [];
    const streams = [of(event('1'), event('2')), of(event('3', 'run.finished'), event('4'))];
    keepStream({
      open: async (lastId) => {
        asked.push(lastId);
        return streams.shift() ?? of();
      },
      onEvent: ({ data }) => seen.push(data),
      onState: (state) => states.push(state),
      isLast: (each) => each.event === 'run.finished',
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual([null, '2']);
    expect(seen).toEqual(['1', '2', '3']);
    expect(states).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live', 'ended']);
    vi.useRealTimers();
  });

  it('does not ask again for what is refused', async () => {
    vi.useFakeTimers();
    const open = vi.fn(async () => {
      throw new ApiError({ title: '', status: 404, code: 'not_found', retry: 'never' });
    });
    const states: string[] = [];
    keepStream({ open, onEvent: () => {}, onState: (state) => states.push(state) });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open).toHaveBeenCalledOnce();
    expect(states.at(-1)).toBe('refused');
    vi.useRealTimers();
  });

  it('waits longer each time nobody answers, and stops when told', async () => {
    vi.useFakeTimers();
    const open = vi.fn(async () => {
      throw new Error('no answer');
    });
    const stop = keepStream({ open, onEvent: () => {} });
    await vi.advanceTimersByTimeAsync(10_000);
    const calls = open.mock.calls.length;
    expect(calls).toBeGreaterThan(3);
    expect(calls).toBeLessThan(7);
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(open.mock.calls.length).toBe(calls);
    vi.useRealTimers();
  });
});
