// The sections that come nearest to a question, each with how it begins and where it stands.
import { m } from '@/app/messages';
import { EmptyState, ErrorState, Panel, SkeletonRows } from '@/ui';
import { Origin, PlaceTitle, Preview } from '@/ui/citation';
import classes from './knowledge.module.css';
import { usePassages } from './queries';
import type { Scope } from './scope';

export function PassageList({ question, scope = {} }: { question: string; scope?: Scope }) {
  const passages = usePassages(question, scope);
  if (passages.isPending) return <SkeletonRows rows={6} />;
  if (passages.isError) {
    return <ErrorState error={passages.error} onRetry={() => void passages.refetch()} />;
  }
  const { results, answers, about, not_searched } = passages.data;
  return (
    <Panel title={m.knowledge.found(results.length)}>
      {results.length === 0 ? (
        <EmptyState title={m.knowledge.nothing}>{about.note}</EmptyState>
      ) : (
        <>
          {!answers && <p className={`${classes.lead} dim`}>{m.knowledge.nearest}</p>}
          <ul className={classes.rows}>
            {results.map((row) => (
              <li key={`${row.source} ${row.page} ${row.section}`} className={classes.passage}>
                <PlaceTitle place={row} />
                <span className={classes.about}>
                  <Origin place={row} />
                  {row.also.length > 0 && (
                    <span className="dim" title={row.also.join('\n')}>
                      {m.knowledge.also(row.also.length)}
                    </span>
                  )}
                </span>
                <Preview text={row.text} />
              </li>
            ))}
          </ul>
        </>
      )}
      {not_searched > 0 && <p className="tone-warn tone-text">{m.knowledge.notSearched(not_searched)}</p>}
    </Panel>
  );
}
