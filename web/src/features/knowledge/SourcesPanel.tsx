// What is read, how much of it, how old it is, and what went wrong.
import type { UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Queries } from '@/api';
import { m } from '@/app/messages';
import { Age, ErrorState, Panel, SkeletonRows, StatusChip, Unknown } from '@/ui';
import classes from './knowledge.module.css';
import type { Embedder, Source } from './queries';

type Sources = UseQueryResult<Queries['knowledge.sources']['output']>;

const verbs = [
  { op: 'knowledge.refresh', label: m.knowledge.refresh },
  { op: 'knowledge.add_source', label: m.knowledge.add },
  { op: 'knowledge.note_add', label: m.knowledge.note },
];

export function SourcesPanel({ sources }: { sources: Sources }) {
  const refresh = sources.data?.refresh ?? null;
  return (
    <Panel
      title={m.knowledge.sources}
      aside={
        <span className={classes.verbs}>
          {verbs.map(({ op, label }) => (
            <Link key={op} to="/operations/$op" params={{ op }}>
              {label}
            </Link>
          ))}
        </span>
      }
    >
      {sources.isPending ? (
        <SkeletonRows rows={3} height={40} />
      ) : sources.isError ? (
        <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />
      ) : (
        <>
          <ul className={classes.sources}>
            {sources.data.sources.map((source) => (
              <SourceItem key={source.id} source={source} />
            ))}
          </ul>
          <Vectors embedder={sources.data.embedder} />
          <p className="dim">{refresh === null ? m.knowledge.byHand : m.knowledge.again(refresh)}</p>
        </>
      )}
    </Panel>
  );
}

/** Silent as long as nothing is wrong and nothing is missing. */
function Vectors({ embedder }: { embedder: Embedder }) {
  if (embedder.error !== null) {
    return <p className={`${classes.error} tone-warn tone-text`}>{m.knowledge.wordsAlone(embedder.error)}</p>;
  }
  const left = embedder.without_vector ?? 0;
  return left > 0 ? <p className="dim">{m.knowledge.embedding(left)}</p> : null;
}

function SourceItem({ source }: { source: Source }) {
  return (
    <li className={classes.source}>
      <div className={classes.line}>
        <span className={classes.name} title={source.place}>
          {source.name}
        </span>
        <StatusChip family="source" status={source.state} note={source.error} />
      </div>
      <div className={`${classes.line} dim`}>
        <span className="tabular">
          {source.reading !== null
            ? m.knowledge.progress(source.reading.pages, source.reading.of)
            : m.knowledge.sections(source.sections)}
        </span>
        <span>{source.version ?? <Unknown reason={m.knowledge.noVersion} />}</span>
        <Age at={source.refreshed_at} missing={m.knowledge.never} />
        <code>{source.id}</code>
      </div>
      {source.error !== null && (
        <p className={`${classes.error} ${source.state === 'failed' ? 'tone-bad' : 'tone-warn'} tone-text`}>
          {source.error}
        </p>
      )}
    </li>
  );
}
