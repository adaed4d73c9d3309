// An answer that consists of quotes: each is set off as what it is, with whose words they are above it.
import { m } from '@/app/messages';
import { CitationMark } from './Citation';
import classes from './citation.module.css';
import { QuotedText } from './QuotedText';
import { type Cited, fileOf, type Part } from './quoted';

interface Props {
  /** Tells this answer from others on the page. */
  answer: string;
  parts: readonly Part[];
  citations: readonly Cited[];
}

export function QuotedAnswer({ answer, parts, citations }: Props) {
  return (
    <div className={classes.answer}>
      {parts.map((part) => {
        if (part.kind === 'own') return <p key={part.text}>{part.text}</p>;
        const cited = citations[part.number - 1];
        if (!cited) return null;
        return (
          <figure key={part.number} className={classes.quote}>
            <figcaption className={classes.from}>{quotedFrom(cited)}</figcaption>
            <blockquote>
              <QuotedText text={part.text} />
              <CitationMark answer={answer} number={part.number} cited={cited} />
            </blockquote>
          </figure>
        );
      })}
    </div>
  );
}

function quotedFrom(cited: Cited): string {
  const file = fileOf(cited);
  const source = cited.source_name ?? cited.section;
  return m.citations.quotedFrom(file === null ? source : `${source}, ${file}`);
}
