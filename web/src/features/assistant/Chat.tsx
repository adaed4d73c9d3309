// The conversation itself, the same on its page and in the side panel.
import { useEffect, useMemo, useRef } from 'react';
import { m } from '@/app/messages';
import classes from './assistant.module.css';
import { Composer } from './Composer';
import { Item, TurnError, UserMessage, Working } from './Items';
import { useThreads } from './threads';
import { useConversation } from './useConversation';

interface Props {
  thread: string | null;
  onThread: (id: string) => void;
}

/** Pixels from the end within which the view follows what arrives. */
const FOLLOW_PX = 120;

export function Chat({ thread, onThread }: Props) {
  const { view, stream, pending, trouble, send } = useConversation(thread);
  const { create } = useThreads();
  const scroller = useRef<HTMLDivElement>(null);
  const follow = useRef(true);
  const busy = pending !== null || view.working || create.isPending;

  const lastUserText = useMemo(
    () => view.items.findLast((item) => item.kind === 'message' && item.role === 'user'),
    [view],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs after each change of what is shown
  useEffect(() => {
    const box = scroller.current;
    if (!box || !follow.current) return;
    box.scrollTop = box.scrollHeight;
    // A long answer is read from its beginning: the question stays in sight.
    const last = view.items.findLast((item) => item.kind === 'message');
    if (pending !== null || last?.kind !== 'message' || last.citations.length === 0) return;
    const questions = box.querySelectorAll<HTMLElement>('[data-role=user]');
    const question = questions[questions.length - 1];
    if (!question) return;
    const above = question.getBoundingClientRect().top - box.getBoundingClientRect().top;
    if (above < 0) box.scrollTop += above;
  }, [view, pending, trouble]);

  const submit = (text: string) => {
    follow.current = true;
    if (thread !== null) {
      void send(thread, text);
      return;
    }
    create.mutate(undefined, {
      onSuccess: (made) => {
        onThread(made.id);
        void send(made.id, text);
      },
    });
  };
  const empty = view.items.length === 0 && pending === null && !trouble;
  return (
    <div className={classes.chat}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-label={m.assistant.conversation}
        aria-busy={busy}
        tabIndex={0}
        onScroll={(event) => {
          const box = event.currentTarget;
          follow.current = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
        }}
      >
        <div className={classes.items}>
          {empty && <Welcome onSend={submit} />}
          {view.items.map((item) => (
            <Item
              key={`${item.kind}-${item.id}`}
              item={item}
              busy={busy}
              onSend={submit}
              onAgain={() => {
                if (lastUserText?.kind === 'message') submit(lastUserText.text);
              }}
            />
          ))}
          {pending !== null && <UserMessage text={pending} waiting />}
          {(view.working || pending !== null) && <Working />}
          {trouble && <TurnError error={trouble} />}
          {create.isError && <TurnError text={create.error.message} />}
        </div>
      </div>
      {thread !== null && stream === 'waiting' && (
        <p className={classes.lost} role="status">
          {m.assistant.lostConnection}
        </p>
      )}
      <Composer busy={busy} onSend={submit} />
    </div>
  );
}

function Welcome({ onSend }: { onSend: (text: string) => void }) {
  return (
    <div className={classes.welcome}>
      <p>{m.assistant.lead}</p>
      <p className="dim">{m.assistant.examplesTitle}</p>
      {m.assistant.examples.map((example) => (
        <button key={example} type="button" className={classes.choice} onClick={() => onSend(example)}>
          {example}
        </button>
      ))}
    </div>
  );
}
