// The things a conversation consists of: messages, tool calls, plans, verdicts, choices, notices.
import { IconAlertTriangle, IconCheck, IconInfoCircle, IconLoader2, IconTool } from '@tabler/icons-react';
import type { ApiError } from '@/api';
import { m } from '@/app/messages';
import { PlanCard } from '@/features/runs/cards';
import { formatMilliseconds, RunLink, StatusChip } from '@/ui';
import { AnswerText } from './AnswerText';
import classes from './assistant.module.css';
import type { ChatItem, Choices, ToolCall } from './chatState';

const RESULT_CHARACTERS = 4000;

interface Props {
  item: ChatItem;
  busy: boolean;
  onSend: (text: string) => void;
  onAgain: () => void;
}

export function Item({ item, busy, onSend, onAgain }: Props) {
  switch (item.kind) {
    case 'message':
      return item.role === 'user' ? (
        <UserMessage text={item.text} />
      ) : (
        <div className={classes.answer} data-role="assistant">
          <span className="visually-hidden">{m.assistant.it}: </span>
          <AnswerText message={item} />
        </div>
      );
    case 'tool':
      return <ToolCard call={item} />;
    case 'plan':
      return (
        <div className={`${classes.plan} ${classes.container}`}>
          <PlanCard plan={item.plan} onAgain={onAgain} />
        </div>
      );
    case 'run':
      return (
        <p className={classes.runEnd}>
          <StatusChip family="run" status={item.run.state} />
          <RunLink id={item.run.id}>{item.run.summary}</RunLink>
        </p>
      );
    case 'choices':
      return <ChoiceButtons choices={item} busy={busy} onSend={onSend} />;
    case 'notice':
      return <Notice state={item.state} text={item.text} />;
    case 'error':
      return <TurnError text={item.text} />;
    case 'meta':
      return (
        <p className={`${classes.meta} tabular`}>
          {m.assistant.meta(item.model, formatMilliseconds(item.ms))}
        </p>
      );
  }
}

export function UserMessage({ text, waiting = false }: { text: string; waiting?: boolean }) {
  return (
    <div className={classes.user} data-role="user" data-waiting={waiting || undefined}>
      <span className="visually-hidden">{m.assistant.you}: </span>
      {text}
    </div>
  );
}

export function Working() {
  return (
    <p className={`${classes.meta} status tone-ai`} role="status">
      <IconLoader2 size={14} className="turning" aria-hidden="true" />
      <span>{m.assistant.working}</span>
    </p>
  );
}

export function TurnError({ text, error }: { text?: string; error?: ApiError }) {
  const hint = error?.problem.hint;
  return (
    <div className={classes.error} role="alert">
      <p className="status tone-bad">
        <IconAlertTriangle size={14} aria-hidden="true" />
        <span>{m.assistant.error}</span>
      </p>
      <p>{[text ?? error?.message, hint].filter(Boolean).join(' ')}</p>
    </div>
  );
}

function Notice({ state, text }: { state: string; text: string }) {
  const away = state === 'away';
  const Icon = away ? IconAlertTriangle : IconInfoCircle;
  return (
    <p className={`${classes.notice} status ${away ? 'tone-warn' : 'tone-idle'}`}>
      <Icon size={14} aria-hidden="true" />
      <span>{text || m.assistant.model[state as keyof typeof m.assistant.model] || state}</span>
    </p>
  );
}

function ChoiceButtons(props: { choices: Choices; busy: boolean; onSend: (text: string) => void }) {
  const { choices, busy, onSend } = props;
  return (
    <fieldset className={classes.choices} disabled={choices.answered || busy}>
      <legend>{choices.question || m.assistant.choices}</legend>
      {choices.options.map((option) => (
        <button
          key={option.text}
          type="button"
          className={classes.choice}
          onClick={() => onSend(option.text)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

/** A tool that changes something only planned; one that was refused says so. */
function outcome(result: string | null): { word: string; tone: string } {
  if (result === null) return { word: m.assistant.toolRunning, tone: 'tone-act' };
  if (result.startsWith('{"error"')) return { word: m.assistant.toolRefused, tone: 'tone-warn' };
  if (/^\{"(plan|note|planned)"/.test(result)) return { word: m.assistant.toolPlanned, tone: 'tone-ok' };
  return { word: m.assistant.toolDone, tone: 'tone-ok' };
}

function ToolCard({ call }: { call: ToolCall }) {
  const { word, tone } = outcome(call.result);
  const result = call.result === null ? null : pretty(call.result);
  const shown = result?.slice(0, RESULT_CHARACTERS);
  return (
    <details className={classes.tool}>
      <summary>
        <IconTool size={14} aria-hidden="true" />
        <span className="mono">{call.name}</span>
        <span className={`status ${tone}`}>
          {call.result === null ? (
            <IconLoader2 size={12} className="turning" aria-hidden="true" />
          ) : (
            <IconCheck size={12} aria-hidden="true" />
          )}
          <span>{word}</span>
        </span>
      </summary>
      <h3>{m.assistant.args}</h3>
      <pre tabIndex={0}>{pretty(call.args || '{}')}</pre>
      {shown !== undefined && (
        <>
          <h3>{m.assistant.result}</h3>
          <pre tabIndex={0}>{shown}</pre>
          {result !== null && result.length > RESULT_CHARACTERS && (
            <p className="dim">{m.assistant.capped(RESULT_CHARACTERS, result.length)}</p>
          )}
        </>
      )}
    </details>
  );
}
