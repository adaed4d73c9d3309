// Where one writes: Enter sends, Shift+Enter makes a line, the field grows with the text.
import { IconSend2 } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { m } from '@/app/messages';
import { ReasonButton } from '@/ui';
import classes from './assistant.module.css';

const MOST_LINES = 8;

export function Composer({ busy, onSend }: { busy: boolean; onSend: (text: string) => void }) {
  const [text, setText] = useState('');
  const empty = text.trim() === '';
  const send = () => {
    if (empty || busy) return;
    onSend(text.trim());
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter chooses a character.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const lines = Math.min(MOST_LINES, Math.max(2, text.split('\n').length));
  return (
    <div className={classes.composer}>
      <textarea
        className={classes.input}
        aria-label={m.assistant.composer}
        placeholder={m.assistant.placeholder}
        title={m.assistant.keys}
        rows={lines}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <ReasonButton
        reason={busy ? m.assistant.sending : empty ? m.assistant.emptyMessage : null}
        onClick={send}
        leftSection={<IconSend2 size={16} aria-hidden="true" />}
      >
        {m.assistant.send}
      </ReasonButton>
    </div>
  );
}
