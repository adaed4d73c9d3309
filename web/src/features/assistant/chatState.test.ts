// The conversation as a function of its events.
import { describe, expect, it } from 'vitest';
import { plan, run } from '@/test-support';
import { addEvents, type ChatEvent, emptyLog, lastEventId, parseChatEvent } from './chatState';

const event = (id: number, type: string, data: Record<string, unknown> = {}): ChatEvent => ({
  id,
  type,
  data: { type, ...data },
});

const turn: ChatEvent[] = [
  event(1, 'TEXT_MESSAGE_START', { messageId: 'u', role: 'user' }),
  event(2, 'TEXT_MESSAGE_CONTENT', { messageId: 'u', delta: 'stop web-02' }),
  event(3, 'TEXT_MESSAGE_END', { messageId: 'u' }),
  event(4, 'RUN_STARTED', { threadId: 't', runId: 'r' }),
  event(5, 'TOOL_CALL_START', { toolCallId: 'c', toolCallName: 'guests_stop', parentMessageId: null }),
  event(6, 'TOOL_CALL_ARGS', { toolCallId: 'c', delta: '{"guests":' }),
  event(7, 'TOOL_CALL_ARGS', { toolCallId: 'c', delta: '["web-02"]}' }),
  event(8, 'TOOL_CALL_END', { toolCallId: 'c' }),
  event(9, 'TOOL_CALL_RESULT', {
    messageId: 'x',
    toolCallId: 'c',
    content: '{"plan":"plan-1"}',
    role: 'tool',
  }),
  event(10, 'TEXT_MESSAGE_START', { messageId: 'a', role: 'assistant' }),
  event(11, 'TEXT_MESSAGE_CONTENT', { messageId: 'a', delta: 'Please ' }),
  event(12, 'TEXT_MESSAGE_CONTENT', { messageId: 'a', delta: 'check.' }),
  event(13, 'TEXT_MESSAGE_END', { messageId: 'a' }),
  event(14, 'CUSTOM', { name: 'plan.proposed', value: plan() }),
  event(15, 'RUN_FINISHED', { result: { outcome: 'plan', model: 'interpreter', ms: 12 } }),
  event(16, 'CUSTOM', { name: 'run.finished', value: run({ state: 'succeeded' }) }),
];
const whole = addEvents(emptyLog, turn).view;

describe('chat', () => {
  it('folds a turn into message, tool call, answer, plan and verdict', () => {
    expect(whole.working).toBe(false);
    expect(whole.items).toMatchObject([
      { kind: 'message', role: 'user', text: 'stop web-02', open: false },
      {
        kind: 'tool',
        name: 'guests_stop',
        args: '{"guests":["web-02"]}',
        result: '{"plan":"plan-1"}',
        done: true,
      },
      { kind: 'message', role: 'assistant', text: 'Please check.', open: false },
      { kind: 'plan', id: 'plan-1' },
      { kind: 'meta', model: 'interpreter', ms: 12 },
      { kind: 'run', id: 'run-1' },
    ]);
  });

  it('works until the turn ends', () => {
    expect(addEvents(emptyLog, turn.slice(0, 4)).view.working).toBe(true);
    expect(
      addEvents(emptyLog, [...turn.slice(0, 4), event(5, 'RUN_ERROR', { message: 'no model' })]).view,
    ).toMatchObject({
      working: false,
      items: [{ kind: 'message' }, { kind: 'error', text: 'no model' }],
    });
  });

  it('ignores what it has seen already', () => {
    const log = addEvents(emptyLog, turn);
    expect(addEvents(log, turn)).toBe(log);
    expect(addEvents(emptyLog, [...turn, ...turn]).view).toEqual(whole);
  });

  it('does not care in which order two streams bring the events', () => {
    expect(addEvents(emptyLog, [...turn].reverse()).view).toEqual(whole);
    const late = addEvents(addEvents(emptyLog, turn.slice(8)), turn.slice(0, 8));
    expect(late.view).toEqual(whole);
    expect(lastEventId(late)).toBe(16);
  });

  it('goes on after the last number when it connects again', () => {
    const first = addEvents(emptyLog, turn.slice(0, 7));
    expect(lastEventId(first)).toBe(7);
    expect(addEvents(first, turn.slice(7)).view).toEqual(whole);
  });

  it('says once that the model is away', () => {
    const away = (id: number) =>
      event(id, 'CUSTOM', { name: 'model.state', value: { model: 'm', state: 'away', text: 'away' } });
    expect(addEvents(emptyLog, [away(1), away(2)]).view.items).toHaveLength(1);
  });

  it('offers choices until the person answers', () => {
    const asked = addEvents(emptyLog, [
      event(1, 'CUSTOM', {
        name: 'choices',
        value: { question: 'Which?', options: [{ label: 'web-02', text: 'stop demo/101' }] },
      }),
    ]);
    expect(asked.view.items[0]).toMatchObject({
      kind: 'choices',
      answered: false,
      options: [{ label: 'web-02', text: 'stop demo/101' }],
    });
    const answered = addEvents(asked, [event(2, 'TEXT_MESSAGE_START', { messageId: 'u', role: 'user' })]);
    expect(answered.view.items[0]).toMatchObject({ answered: true });
  });

  it('leaves out what it does not understand', () => {
    const strange = [
      event(1, 'STATE_DELTA'),
      event(2, 'CUSTOM', { name: 'plan.proposed', value: 'no plan' }),
    ];
    expect(addEvents(emptyLog, strange).view.items).toEqual([]);
    expect(parseChatEvent(null, '{"type":"X"}')).toBeNull();
    expect(parseChatEvent('1', 'not json')).toBeNull();
    expect(parseChatEvent('3', '{"type":"X"}')).toMatchObject({ id: 3, type: 'X' });
  });

  it('gives the citations of a turn to the message that lists them, not to what is kept', () => {
    const place = { title: 't', section: 'Guide', page: 'p.md', url: null, quote: 'It is so.' };
    const say = (id: number, messageId: string, delta: string) => [
      event(id, 'TEXT_MESSAGE_START', { messageId, role: 'assistant' }),
      event(id + 1, 'TEXT_MESSAGE_CONTENT', { messageId, delta }),
    ];
    const { items } = addEvents(emptyLog, [
      ...say(1, 'before', 'x\n\n[1] Guide'),
      event(3, 'TEXT_MESSAGE_START', { messageId: 'u', role: 'user' }),
      ...say(4, 'a', 'It is so. [1]\n\n[1] Guide'),
      ...say(6, 'k', 'web-03: "is old"'),
      event(8, 'CUSTOM', { name: 'citations', value: { citations: [place] } }),
    ]).view;
    expect(items.map((item) => item.kind === 'message' && item.citations.length)).toEqual([0, 0, 1, 0]);
  });
});
