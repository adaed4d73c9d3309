// Keyboard of a table: arrows move, space selects, shift extends, Enter opens, Ctrl-A takes all, Escape none.
import { type FocusEvent, type KeyboardEvent, useState } from 'react';

interface Options {
  count: number;
  scrollTo: (at: number) => void;
  select: (at: number, extend: boolean) => void;
  selectAll: () => void;
  selectNone: () => void;
  open: (at: number) => void;
}

const PAGE = 15;

export function useTableKeys(options: Options) {
  const [at, setAt] = useState<number>(0);
  const [focused, setFocused] = useState(false);
  const { count } = options;
  const current = Math.min(at, Math.max(0, count - 1));

  const go = (to: number) => {
    const next = Math.max(0, Math.min(count - 1, to));
    setAt(next);
    options.scrollTo(next);
    return next;
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    // Keys inside a control of the table (a header button) belong to that control.
    if (event.target !== event.currentTarget || count === 0) return;
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + PAGE,
      PageUp: current - PAGE,
      Home: 0,
      End: count - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      const next = go(to);
      if (event.shiftKey) options.select(next, true);
    } else if (event.key === ' ') options.select(current, event.shiftKey);
    else if (event.key === 'Enter') options.open(current);
    else if (event.key === 'Escape') options.selectNone();
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) options.selectAll();
    else return;
    event.preventDefault();
  };

  return {
    active: focused && count > 0 ? current : null,
    setActive: setAt,
    onKeyDown,
    onFocus: (event: FocusEvent<HTMLDivElement>) => setFocused(event.target === event.currentTarget),
    onBlur: () => setFocused(false),
  };
}
