// Words of a source, exactly as they stand there: nothing of them is markup, commands look like commands.
import { Fragment, useState } from 'react';
import { m } from '@/app/messages';
import classes from './citation.module.css';
import { blocksOf, spansOf } from './quoted';

export function QuotedText({ text }: { text: string }) {
  return (
    <div className={classes.quoted}>
      {blocksOf(text).map((block, at) =>
        block.code ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a quote never changes
          <pre key={at}>
            <code>{block.text}</code>
          </pre>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a quote never changes
          <p key={at}>
            {spansOf(block.text).map((span, place) =>
              // biome-ignore lint/suspicious/noArrayIndexKey: a quote never changes
              span.code ? <code key={place}>{span.text}</code> : <Fragment key={place}>{span.text}</Fragment>,
            )}
          </p>
        ),
      )}
    </div>
  );
}

/** Characters in three lines, roughly: what is shorter needs no button. */
const SHORT = 240;

/** The beginning of a quote, and all of it on demand. */
export function Preview({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > SHORT || text.split('\n').length > 3;
  return (
    <div className={classes.preview}>
      <blockquote className={classes.clamp} data-cut={(long && !whole) || undefined}>
        <QuotedText text={text} />
      </blockquote>
      {long && (
        <button type="button" className={classes.more} aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? m.citations.less : m.citations.more}
        </button>
      )}
    </div>
  );
}

/** How a quote begins, where all of it stands above already. */
export function Beginning({ text }: { text: string }) {
  return (
    <blockquote className={`${classes.preview} ${classes.beginning}`}>{text.replace(/\s+/g, ' ')}</blockquote>
  );
}
