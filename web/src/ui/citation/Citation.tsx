// What an answer rests on: `[1]` leads to its line, the line to the section on the node's own page.
import { IconExternalLink, IconNote } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { operationQuery } from '@/api';
import { m } from '@/app/messages';
import { Age } from '@/ui';
import classes from './citation.module.css';
import { Beginning, Preview } from './QuotedText';
import { type Cited, fileOf, isNote } from './quoted';

const SHOWN_ON_HOVER = 300;

export function citationId(answer: string, number: number): string {
  return `${answer}-citation-${number}`;
}

/** `[1]`: hovering shows the passage, a click goes to its line and marks it. */
export function CitationMark({ answer, number, cited }: { answer: string; number: number; cited: Cited }) {
  const id = citationId(answer, number);
  const { section, quote } = cited;
  const more = quote.length > SHOWN_ON_HOVER ? '…' : '';
  return (
    <a
      href={`#${id}`}
      className={classes.mark}
      title={`${section}\n\n${quote.slice(0, SHOWN_ON_HOVER)}${more}`}
      aria-label={m.citations.goTo(number, section)}
      onClick={(event) => {
        event.preventDefault();
        const line = document.getElementById(id);
        line?.scrollIntoView({ block: 'nearest' });
        // The line with the focus is the marked one.
        line?.focus({ preventScroll: true });
      }}
    >
      [{number}]
    </a>
  );
}

interface ListProps {
  answer: string;
  citations: readonly Cited[];
  /** The passages stand above already. */
  shown: boolean;
}

export function CitationList({ answer, citations, shown }: ListProps) {
  return (
    <ol className={classes.list} aria-label={m.citations.title}>
      {citations.map((cited, at) => (
        <li
          key={citationId(answer, at + 1)}
          id={citationId(answer, at + 1)}
          className={classes.line}
          tabIndex={-1}
        >
          <span className={`${classes.number} tabular`}>[{at + 1}]</span>
          <div className={classes.place}>
            <PlaceTitle place={cited} />
            <Origin place={cited} />
            {shown ? <Beginning text={cited.quote} /> : <Preview text={cited.quote} />}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** The title path; a link to the section where it has an address, and to the note where it is one. */
export function PlaceTitle({ place }: { place: Pick<Cited, 'section' | 'url' | 'page'> }) {
  const { section, url, page } = place;
  if (url !== null) {
    return (
      <a className={classes.title} href={url} target="_blank" rel="noreferrer" title={m.citations.opens(url)}>
        {section}
        <IconExternalLink size={13} aria-hidden="true" />
        <span className="visually-hidden"> {m.citations.newTab}</span>
      </a>
    );
  }
  if (isNote(page)) {
    return (
      <Link className={classes.title} to="/knowledge" hash={page}>
        {section}
        <IconNote size={13} aria-hidden="true" />
      </Link>
    );
  }
  return <span className={classes.title}>{section}</span>;
}

/** Whose words these are, of which version, and how old: as far as it is known. */
export function Origin({ place }: { place: Omit<Cited, 'section' | 'title' | 'quote'> }) {
  const { source_name, version, read_at, kind } = place;
  const file = fileOf(place);
  const words = [
    kind === null ? null : (m.knowledge.kinds[kind] ?? kind),
    source_name === null ? null : `${source_name}${version === null ? '' : ` ${version}`}`,
  ].filter((word) => word !== null);
  return (
    <span className={classes.origin}>
      {words.map((word) => (
        <span key={word}>{word}</span>
      ))}
      {file !== null && <code title={m.citations.file}>{file}</code>}
      {read_at !== null && (
        <span>
          {m.citations.read} <Age at={read_at} />
        </span>
      )}
      {isNote(place.page) && <NoteAge note={place.page} />}
    </span>
  );
}

/** A note is not read from anywhere: its age is that of its writing. */
function NoteAge({ note }: { note: string }) {
  const { data } = useQuery({ ...operationQuery('knowledge.notes', {}), staleTime: 60_000 });
  const found = data?.notes.find((each) => each.id === note);
  return found ? (
    <span>
      {m.citations.written} <Age at={found.at} />
    </span>
  ) : null;
}
