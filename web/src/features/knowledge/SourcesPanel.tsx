// What is read, how much of it, how old it is, what went wrong, and by which model texts are found.
import type { UseQueryResult } from '@tanstack/react-query';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import { ErrorState, Panel, ReasonButton, SkeletonRows } from '@/ui';
import classes from './knowledge.module.css';
import { type Embedder, type Sources, useConnected } from './queries';
import { SourceRow } from './SourceRow';

interface Props {
  sources: UseQueryResult<Sources>;
  /** Opens the form of an operation. */
  onForm: (op: string) => void;
}

export function SourcesPanel({ sources, onForm }: Props) {
  const connected = useConnected();
  const propose = usePropose();
  const reason = useRole() === 'viewer' ? m.knowledge.viewer : null;
  const refresh = sources.data?.refresh ?? null;
  return (
    <Panel
      title={m.knowledge.sources}
      aside={
        <span className={classes.verbs}>
          <ReasonButton
            size="compact-xs"
            variant="default"
            reason={reason}
            onClick={() => propose({ op: 'knowledge.refresh', input: {} })}
          >
            {m.knowledge.refreshAll}
          </ReasonButton>
          <ReasonButton size="compact-xs" reason={reason} onClick={() => onForm('knowledge.add_source')}>
            {m.knowledge.add}
          </ReasonButton>
        </span>
      }
    >
      {sources.isPending ? (
        <SkeletonRows rows={3} height={56} />
      ) : sources.isError ? (
        <ErrorState error={sources.error} onRetry={() => void sources.refetch()} />
      ) : (
        <>
          <ul className={classes.rows} aria-label={m.knowledge.sources}>
            {sources.data.sources.map((source) => (
              <SourceRow key={source.id} source={source} connected={connected} reason={reason} />
            ))}
          </ul>
          <EmbedderLine embedder={sources.data.embedder} />
          <p className={`${classes.foot} dim`}>
            {refresh === null ? m.knowledge.byHand : m.knowledge.again(refresh)}
          </p>
        </>
      )}
    </Panel>
  );
}

export function embedderWords({ name, texts, without_vector, working }: Embedder): string {
  if (name === 'none') return m.knowledge.modelNone;
  if (without_vector !== null && without_vector > 0) {
    return m.knowledge.modelLeft(name, without_vector, texts, working);
  }
  if (name === 'builtin') return m.knowledge.modelBuiltin;
  return texts === null || without_vector === null
    ? m.knowledge.modelUnknown(name)
    : m.knowledge.modelTexts(name, texts);
}

function EmbedderLine({ embedder }: { embedder: Embedder }) {
  return (
    <div className={classes.foot}>
      <p>
        <span className="dim">{m.knowledge.model}:</span> {embedderWords(embedder)}
      </p>
      {embedder.error !== null && (
        <p className="tone-warn tone-text">{m.knowledge.wordsAlone(embedder.error)}</p>
      )}
    </div>
  );
}
