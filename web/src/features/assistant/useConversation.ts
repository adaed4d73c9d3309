// One conversation: its log is replayed, then followed; sending a message reads the answer of that turn too.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import { type ApiError, asApiError, chat, keepStream, type StreamEvent, type StreamState } from '@/api';
import { addEvents, type ChatEvent, type ChatLog, emptyLog, parseChatEvent } from './chatState';

type Change = { kind: 'reset' } | { kind: 'events'; events: ChatEvent[] };

function reduce(log: ChatLog, change: Change): ChatLog {
  return change.kind === 'reset' ? emptyLog : addEvents(log, change.events);
}

function endsTurn(event: StreamEvent): boolean {
  const type = parseChatEvent(event.id, event.data)?.type;
  return type === 'RUN_FINISHED' || type === 'RUN_ERROR';
}

/** Collects events of one frame into one change: a replay of thousands is then one render, not thousands. */
function useBatch(flush: (events: ChatEvent[]) => void) {
  const waiting = useRef<ChatEvent[]>([]);
  const frame = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (frame.current !== null) clearTimeout(frame.current);
      frame.current = null;
      waiting.current = [];
    },
    [],
  );
  return useCallback(
    (stream: StreamEvent) => {
      const event = parseChatEvent(stream.id, stream.data);
      if (!event) return;
      waiting.current.push(event);
      frame.current ??= setTimeout(() => {
        frame.current = null;
        flush(waiting.current.splice(0));
      }, 16);
    },
    [flush],
  );
}

export function useConversation(thread: string | null) {
  const client = useQueryClient();
  const [log, change] = useReducer(reduce, emptyLog);
  const [stream, setStream] = useState<StreamState>('connecting');
  const [pending, setPending] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<ApiError | null>(null);
  const take = useBatch(useCallback((events) => change({ kind: 'events', events }), []));
  // Which conversation is shown now: an answer that still arrives for another one must not be mixed in.
  const shown = useRef(thread);

  useEffect(() => {
    shown.current = thread;
    change({ kind: 'reset' });
    setTrouble(null);
    if (thread === null) return;
    return keepStream({
      open: (lastId, signal) => chat.events(thread, Number(lastId ?? 0), signal),
      onEvent: take,
      onState: setStream,
    });
  }, [thread, take]);

  // The answer is read to its end even when the page is left: hanging up might end the turn.
  const send = useCallback(
    async (to: string, text: string) => {
      shown.current = to;
      setPending(text);
      setTrouble(null);
      let begun = false;
      try {
        for await (const event of await chat.send(to, text, new AbortController().signal)) {
          if (!begun) setPending(null);
          begun = true;
          if (shown.current === to) take(event);
          // Whatever the server does with the connection, the turn is over: a browser has only six of them.
          if (endsTurn(event)) break;
        }
      } catch (error) {
        // Once it has begun, the replay stream brings the rest.
        if (!begun && shown.current === to) setTrouble(asApiError(error));
      } finally {
        setPending(null);
        void client.invalidateQueries({ queryKey: ['chat.threads'] });
      }
    },
    [take, client],
  );

  return { view: log.view, stream, pending, trouble, send };
}
