// A conversation as a pure function of its events (AG-UI names). Events are numbered per conversation.
//
// Two streams may bring the same events (the answer of a turn, and the replay that stays open), interleaved as the
// network likes. So the log is kept sorted by number: a known number is ignored, a late one is put in its place and the
// conversation is folded again.
import type { Plan, Run } from '@/api';
import { type Cited, holdsPlaces } from '@/ui/citation/quoted';
import { citedOf } from './cited';

export interface ChatEvent {
  id: number;
  type: string;
  data: Record<string, unknown>;
}

export interface ToolCall {
  kind: 'tool';
  id: string;
  name: string;
  args: string;
  result: string | null;
  done: boolean;
}

export interface Message {
  kind: 'message';
  id: string;
  role: 'user' | 'assistant';
  text: string;
  open: boolean;
  /** What an answer rests on, in the order of the numbers in its text. */
  citations: readonly Cited[];
}

export interface Choices {
  kind: 'choices';
  id: string;
  question: string;
  options: { label: string; text: string }[];
  /** Answered by a later message of the person. */
  answered: boolean;
}

export interface TurnMeta {
  kind: 'meta';
  id: string;
  model: string;
  ms: number;
}

export type ChatItem =
  | Message
  | ToolCall
  | Choices
  | TurnMeta
  | { kind: 'plan'; id: string; plan: Plan }
  | { kind: 'run'; id: string; run: Run }
  | { kind: 'notice'; id: string; text: string; state: string }
  | { kind: 'error'; id: string; text: string };

export interface Conversation {
  items: ChatItem[];
  /** A turn has begun and not ended. */
  working: boolean;
}

export interface ChatLog {
  events: readonly ChatEvent[];
  view: Conversation;
}

export const emptyLog: ChatLog = { events: [], view: { items: [], working: false } };

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const record = (value: unknown): Record<string, unknown> =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};

/** Adds events in any order, with repetitions; returns the same log when nothing was new. */
export function addEvents(log: ChatLog, incoming: readonly ChatEvent[]): ChatLog {
  let { events, view } = log;
  let refold = false;
  for (const event of incoming) {
    const last = events[events.length - 1];
    if (last === undefined || event.id > last.id) {
      events = [...events, event];
      if (!refold) view = apply(view, event);
      continue;
    }
    const at = events.findIndex((each) => each.id >= event.id);
    if (events[at]?.id === event.id) continue;
    events = [...events.slice(0, at), event, ...events.slice(at)];
    refold = true;
  }
  if (events === log.events) return log;
  return { events, view: refold ? events.reduce(apply, emptyLog.view) : view };
}

export function lastEventId(log: ChatLog): number {
  return log.events[log.events.length - 1]?.id ?? 0;
}

/** A stream event as a chat event; null when it is not one. */
export function parseChatEvent(id: string | null, data: string): ChatEvent | null {
  const number = Number(id);
  if (id === null || !Number.isInteger(number)) return null;
  try {
    const body = record(JSON.parse(data));
    return typeof body.type === 'string' ? { id: number, type: body.type, data: body } : null;
  } catch {
    return null;
  }
}

function change<K extends ChatItem['kind']>(
  view: Conversation,
  kind: K,
  id: string,
  update: (item: Extract<ChatItem, { kind: K }>) => ChatItem,
): Conversation {
  const items = view.items.map((item) =>
    // The kind was compared, which the compiler does not carry through the generic.
    item.kind === kind && item.id === id ? update(item as Extract<ChatItem, { kind: K }>) : item,
  );
  return { ...view, items };
}

function add(view: Conversation, item: ChatItem): Conversation {
  return { ...view, items: [...view.items, item] };
}

function startMessage(view: Conversation, id: string, role: Message['role']): Conversation {
  const begun = add(view, { kind: 'message', id, role, text: '', open: true, citations: [] });
  if (role !== 'user') return begun;
  const items = begun.items.map((item) => (item.kind === 'choices' ? { ...item, answered: true } : item));
  return { ...begun, items };
}

export function apply(view: Conversation, event: ChatEvent): Conversation {
  const { type, data } = event;
  const messageId = text(data.messageId);
  const callId = text(data.toolCallId);
  switch (type) {
    case 'RUN_STARTED':
      return { ...view, working: true };
    case 'TEXT_MESSAGE_START':
      return startMessage(view, messageId, data.role === 'user' ? 'user' : 'assistant');
    case 'TEXT_MESSAGE_CONTENT':
      return change(view, 'message', messageId, (item) => ({ ...item, text: item.text + text(data.delta) }));
    case 'TEXT_MESSAGE_END':
      return change(view, 'message', messageId, (item) => ({ ...item, open: false }));
    case 'TOOL_CALL_START':
      return add(view, {
        kind: 'tool',
        id: callId,
        name: text(data.toolCallName),
        args: '',
        result: null,
        done: false,
      });
    case 'TOOL_CALL_ARGS':
      return change(view, 'tool', callId, (item) => ({ ...item, args: item.args + text(data.delta) }));
    case 'TOOL_CALL_END':
      return change(view, 'tool', callId, (item) => ({ ...item, done: true }));
    case 'TOOL_CALL_RESULT':
      return change(view, 'tool', callId, (item) => ({ ...item, result: text(data.content), done: true }));
    case 'RUN_FINISHED':
      return finish(view, event);
    case 'RUN_ERROR':
      return add(
        { ...view, working: false },
        { kind: 'error', id: `error-${event.id}`, text: text(data.message) },
      );
    case 'CUSTOM':
      return custom(view, event);
    default:
      return view;
  }
}

function finish(view: Conversation, event: ChatEvent): Conversation {
  const result = record(event.data.result);
  const ended = { ...view, working: false };
  const { model, ms } = result;
  if (typeof model !== 'string' || typeof ms !== 'number') return ended;
  return add(ended, { kind: 'meta', id: `meta-${event.id}`, model, ms });
}

/** The citations of a turn belong to the message that lists their places; what is kept may be told behind it. */
function cite(view: Conversation, value: Record<string, unknown>): Conversation {
  const begin = view.items.findLastIndex((item) => item.kind === 'message' && item.role === 'user') + 1;
  const turn = view.items.slice(begin);
  const citations = citedOf(value.citations);
  const said = turn.filter((item) => item.kind === 'message');
  const answer = said.findLast((item) => holdsPlaces(item.text, citations)) ?? said[said.length - 1];
  if (!answer || citations.length === 0) return view;
  return change(view, 'message', answer.id, (item) => ({ ...item, citations }));
}

function custom(view: Conversation, event: ChatEvent): Conversation {
  const value = record(event.data.value);
  switch (event.data.name) {
    case 'plan.proposed':
      // The server's Plan; shown only if it has what makes it one.
      if (typeof value.id !== 'string' || !Array.isArray(value.steps)) return view;
      return add(view, { kind: 'plan', id: value.id, plan: value as unknown as Plan });
    case 'run.finished':
      if (typeof value.id !== 'string') return view;
      return add(view, { kind: 'run', id: value.id, run: value as unknown as Run });
    case 'model.state': {
      const state = text(value.state);
      // The same news once, however often it is sent.
      const last = view.items.findLast((item) => item.kind === 'notice');
      if (last?.kind === 'notice' && last.state === state) return view;
      return add(view, { kind: 'notice', id: `notice-${event.id}`, state, text: text(value.text) });
    }
    case 'citations':
      return cite(view, value);
    case 'choices': {
      const options = (Array.isArray(value.options) ? value.options : []).map((option) => {
        const { label, text: send } = record(option);
        return { label: text(label) || text(send), text: text(send) || text(label) };
      });
      return add(view, {
        kind: 'choices',
        id: `choices-${event.id}`,
        question: text(value.question),
        options,
        answered: false,
      });
    }
    default:
      return view;
  }
}
