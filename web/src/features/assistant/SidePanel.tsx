// The assistant beside any page: same conversation, width remembered, resizable by pointer and keyboard.
import { ActionIcon } from '@mantine/core';
import { IconExternalLink, IconPlus, IconX } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { KeyboardEvent, PointerEvent } from 'react';
import { m } from '@/app/messages';
import { useKept } from '@/ui';
import classes from './assistant.module.css';
import { Chat } from './Chat';

const LEAST_PX = 320;
const MOST_PX = 720;
const STEP_PX = 24;

export function SidePanel({ onClose }: { onClose: () => void }) {
  const [width, setWidth] = useKept<number>('assistant.width', 400);
  const [thread, setThread] = useKept<string>('assistant.thread', '');
  const resize = (px: number) => setWidth(Math.max(LEAST_PX, Math.min(MOST_PX, Math.round(px))));
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) resize(window.innerWidth - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') resize(width + STEP_PX);
    else if (event.key === 'ArrowRight') resize(width - STEP_PX);
    else return;
    event.preventDefault();
  };
  return (
    <aside className={classes.panel} style={{ width }} aria-label={m.assistant.title}>
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={m.shell.assistantResize}
        aria-valuemin={LEAST_PX}
        aria-valuemax={MOST_PX}
        aria-valuenow={width}
        tabIndex={0}
        className={classes.grip}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onKeyDown={onKeyDown}
      />
      <div className={classes.panelHead}>
        <h2>{m.assistant.title}</h2>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.assistant.newThread}
          title={m.assistant.newThread}
          onClick={() => setThread('')}
        >
          <IconPlus size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.assistant.openPage}
          title={m.assistant.openPage}
          renderRoot={(props) => <Link to="/assistant" search={thread ? { thread } : {}} {...props} />}
        >
          <IconExternalLink size={16} />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={m.shell.assistantClose}
          title={m.shell.assistantClose}
          onClick={onClose}
        >
          <IconX size={16} />
        </ActionIcon>
      </div>
      <Chat thread={thread || null} onThread={setThread} />
    </aside>
  );
}
