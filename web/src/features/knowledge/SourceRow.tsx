// One source: what and where it is, how much was read of it and when; read again or removed like everything else.
import { m } from '@/app/messages';
import { usePropose } from '@/features/runs';
import { Age, ReasonButton, StatusChip, Sure } from '@/ui';
import classes from './knowledge.module.css';
import type { Source } from './queries';

interface Props {
  source: Source;
  /** Names of connected clusters; null while they are not known. */
  connected: ReadonlySet<string> | null;
  /** Why this person changes nothing. */
  reason: string | null;
}

export function SourceRow({ source, connected, reason }: Props) {
  const propose = usePropose();
  const { id, name, kind, place, error, reading } = source;
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <strong className={classes.name}>{name}</strong>
        <StatusChip family="source" status={stateOf(source)} note={error} />
      </div>
      <div className={classes.rowVerbs}>
        <ReasonButton
          size="compact-xs"
          variant="default"
          reason={reason ?? notReadAgain(source)}
          onClick={() => propose({ op: 'knowledge.refresh', input: { sources: [id] } })}
        >
          {m.knowledge.refresh}
        </ReasonButton>
        <Sure
          label={m.knowledge.remove}
          means={m.knowledge.removeSure}
          keep={m.knowledge.removeKeep}
          go={m.knowledge.removeNow}
          reason={reason ?? notRemoved(source, connected)}
          onGo={() => propose({ op: 'knowledge.remove_source', input: { source: id } })}
        />
      </div>
      <div className={`${classes.line} ${classes.details} dim`}>
        <span>{m.knowledge.sourceKinds[kind] ?? kind}</span>
        {(kind === 'folder' || kind === 'url') && <code>{place}</code>}
        <span className="tabular">
          {reading !== null
            ? m.knowledge.progress(reading.pages, reading.of)
            : m.knowledge.inPages(source.sections, source.pages)}
        </span>
        <span>{versionWords(source)}</span>
        <ReadAt source={source} />
        {source.refresh !== null && <span>{m.knowledge.againAt(source.refresh)}</span>}
        <code>{id}</code>
      </div>
      {error !== null && (
        <p className={`${classes.error} ${source.state === 'failed' ? 'tone-bad' : 'tone-warn'} tone-text`}>
          {error}
        </p>
      )}
    </li>
  );
}

/** A source that was read and holds nothing is nothing to be glad of; one with pages that failed is read in part. */
export function stateOf({ state, sections, error }: Pick<Source, 'state' | 'sections' | 'error'>): string {
  if (state !== 'ready') return state;
  if (error !== null) return 'partly';
  return sections === 0 ? 'empty' : state;
}

function versionWords({ kind, version, product }: Source): string {
  if (version !== null) return m.knowledge.ofVersion(product, version);
  return kind === 'cluster' ? m.knowledge.versionUnknown : m.knowledge.everyRelease;
}

function ReadAt({ source: { kind, refreshed_at, tried_at, state } }: { source: Source }) {
  if (kind === 'notes') return null;
  const tried = state === 'failed' && tried_at !== null && (
    <span>
      {m.knowledge.tried} <Age at={tried_at} />
    </span>
  );
  return (
    <>
      <span>
        {refreshed_at === null ? (
          m.knowledge.neverRead
        ) : (
          <>
            {m.knowledge.read} <Age at={refreshed_at} />
          </>
        )}
      </span>
      {tried}
    </>
  );
}

function notReadAgain({ kind, state }: Source): string | null {
  if (kind === 'notes') return m.knowledge.notRead;
  return state === 'working' ? m.knowledge.reading : null;
}

function notRemoved({ kind, place }: Source, connected: ReadonlySet<string> | null): string | null {
  if (kind === 'notes' || kind === 'product') return m.knowledge.partOfProduct;
  return kind === 'cluster' && connected?.has(place) ? m.knowledge.connected : null;
}
