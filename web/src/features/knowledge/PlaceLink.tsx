// The place of a passage: its titles and its source; as a link it opens the section on the node's own page.
import { m } from '@/app/messages';
import classes from './knowledge.module.css';

interface Place {
  section: string;
  kind: string;
  url: string | null;
  source_name: string;
  version: string | null;
}

export function PlaceLink({ place }: { place: Place }) {
  return (
    <span>
      {place.url === null ? (
        place.section
      ) : (
        <a
          className={classes.link}
          href={place.url}
          target="_blank"
          rel="noreferrer"
          title={m.knowledge.opens(place.section)}
        >
          {place.section}
        </a>
      )}{' '}
      <PlaceOrigin place={place} />
    </span>
  );
}

/** The same to read only, for where a link cannot be. */
export function PlaceName({ place }: { place: Place }) {
  return (
    <span>
      {place.section} <PlaceOrigin place={place} />
    </span>
  );
}

function PlaceOrigin({ place }: { place: Place }) {
  const version = place.version === null ? '' : ` ${place.version}`;
  return (
    <span className="dim">
      {m.knowledge.kinds[place.kind] ?? place.kind} · {place.source_name}
      {version}
    </span>
  );
}
