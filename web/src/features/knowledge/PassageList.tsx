// The sections that come nearest to a question, each with its beginning.
import { m } from '@/app/messages';
import { EmptyState, ErrorState, Panel, SkeletonRows } from '@/ui';
import classes from './knowledge.module.css';
import { PlaceName } from './PlaceLink';
import { usePassages } from './queries';

export function PassageList({ question }: { question: string }) {
  const passages = usePassages(question);
  if (passages.isPending) return <SkeletonRows rows={6} />;
  if (passages.isError) {
    return <ErrorState error={passages.error} onRetry={() => void passages.refetch()} />;
  }
  const rows = passages.data.results;
  return (
    <Panel title={m.knowledge.sections(rows.length)}>
      {rows.length === 0 ? (
        <EmptyState title={m.knowledge.nothing}>{passages.data.about.note}</EmptyState>
      ) : (
        <ul className={classes.passages}>
          {rows.map((row) => (
            <li key={row.page + row.section}>
              <details>
                <summary>
                  <PlaceName place={row} />
                </summary>
                <pre className={classes.passage}>{row.text}</pre>
                {row.url !== null && (
                  <p>
                    <a className={classes.link} href={row.url} target="_blank" rel="noreferrer">
                      {m.knowledge.opens(row.title)}
                    </a>
                  </p>
                )}
              </details>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
