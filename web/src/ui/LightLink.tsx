// A link by address. Tables draw hundreds of links while they scroll; the router's own Link follows the location with
// each of them, this one only needs the history when it is clicked.
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

interface Props {
  href: string;
  className: string;
  title: string;
  tabIndex?: number | undefined;
  children: ReactNode;
}

export function LightLink({ href, ...rest }: Props) {
  const router = useRouter();
  const onClick = (event: MouseEvent) => {
    // Anything but a plain click is the browser's: a new tab, a download, a menu.
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.history.push(href);
  };
  return <a href={href} onClick={onClick} {...rest} />;
}
