// The top of every page: title, one sentence that answers the page's question, primary actions.
import { type ReactNode, useEffect } from 'react';
import { m } from '@/app/messages';
import classes from './page.module.css';

interface Props {
  title: string;
  /** Before the title, on its line: icon or status. */
  lead?: ReactNode;
  sentence?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, lead, sentence, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · ${m.product}`;
  }, [title]);
  return (
    <header className={classes.header}>
      <div className={classes.heading}>
        <h1 className={classes.title}>
          <span className={classes.titleText} title={title}>
            {title}
          </span>
          {lead}
        </h1>
        {sentence !== undefined && <p className={classes.sentence}>{sentence}</p>}
      </div>
      {actions !== undefined && <div className={classes.actions}>{actions}</div>}
    </header>
  );
}

/** A titled part of a page. */
export function Panel(props: { title: string; aside?: ReactNode; children: ReactNode; flush?: boolean }) {
  return (
    <section className={classes.panel} aria-label={props.title}>
      <div className={classes.panelHead}>
        <h2 className={classes.panelTitle}>{props.title}</h2>
        {props.aside}
      </div>
      <div className={props.flush ? classes.panelFlush : classes.panelBody}>{props.children}</div>
    </section>
  );
}

/** Name and value pairs. */
export function Facts({ items }: { items: { name: string; value: ReactNode; wide?: boolean }[] }) {
  return (
    <dl className={classes.facts}>
      {items.map((item) => (
        <div key={item.name} className={item.wide ? `${classes.fact} ${classes.wide}` : classes.fact}>
          <dt>{item.name}</dt>
          <dd>{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
