// A button that says why it cannot be pressed: it stays focusable, so that the reason can be reached by keyboard.
import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import { type MouseEventHandler, useId } from 'react';

interface Props extends ButtonProps {
  /** Why it is disabled; null when it is not. */
  reason?: string | null | undefined;
  onClick?: MouseEventHandler<HTMLButtonElement>;
  type?: 'button' | 'submit';
}

export function ReasonButton({ reason, onClick, type = 'button', children, ...rest }: Props) {
  const id = useId();
  if (!reason) {
    return (
      <Button type={type} onClick={onClick} {...rest}>
        {children}
      </Button>
    );
  }
  return (
    <Tooltip label={reason} multiline maw={320} withArrow events={{ hover: true, focus: true, touch: true }}>
      <Button
        type="button"
        data-disabled
        aria-disabled
        aria-describedby={id}
        onClick={(event) => event.preventDefault()}
        {...rest}
      >
        {children}
        <span id={id} className="visually-hidden">
          {reason}
        </span>
      </Button>
    </Tooltip>
  );
}
