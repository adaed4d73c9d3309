// The place of a passage: its titles, opened on the node's own page where it has an address.
import { m } from '@/app/messages';

interface Place {
  section: string;
  kind: string;
  url: string | null;
  source_name: string;
  version: string | null;
}

export function PlaceLink({ place }: { place: Place }) {
  const version = place.version === null ? '' : ` ${place.version}`;
  return (
    <span>
      {place.url === null ? (
        <span>{place.section}</span>
      ) : (
        <a href={place.url} target="_blank" rel="noreferrer" title={m.knowledge.opens(place.section)}>
          {place.section}
        </a>
      )}{' '}
      <span className="dim">
        {m.knowledge.kinds[place.kind] ?? place.kind} · {place.source_name}
        {version}
      </span>
    </span>
  );
}
