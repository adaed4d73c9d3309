// Something that takes something away: asked for once more where it stands, with what it means, never by one click.
import { Button } from '@mantine/core';
import { useState } from 'react';
import { ReasonButton } from './ReasonButton';
import classes from './Sure.module.css';

interface Props {
  /** What is offered; its end tells that a question follows. */
  label: string;
  /** What it means. */
  means: string;
  keep: string;
  go: string;
  reason?: string | null | undefined;
  onGo: () => void;
}

export function Sure({ label, means, keep, go, reason, onGo }: Props) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <ReasonButton size="compact-xs" variant="default" reason={reason} onClick={() => setAsked(true)}>
        {label}
      </ReasonButton>
    );
  }
  return (
    <span className={classes.asked}>
      <span>{means}</span>
      <Button size="compact-xs" variant="default" onClick={() => setAsked(false)}>
        {keep}
      </Button>
      <Button
        size="compact-xs"
        color="red"
        onClick={() => {
          setAsked(false);
          onGo();
        }}
      >
        {go}
      </Button>
    </span>
  );
}
