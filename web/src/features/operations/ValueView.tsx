// Any value of an answer, readable without knowing the operation: times with their age, sizes with their unit, objects
// as short pairs or behind a disclosure. Null is unknown.
import { m } from '@/app/messages';
import {
  Age,
  exactBytes,
  formatBytes,
  formatDuration,
  formatMoment,
  formatPercent,
  formatValue,
  Unknown,
} from '@/ui';
import classes from './operations.module.css';
import { labelOf } from './words';

/** So many pairs of plain values stand in the open; more are behind a disclosure. */
const MOST_PAIRS = 4;
const MOST_WORDS = 8;
const LONG_ID = 24;
const LONG_TEXT = 40;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

type Entries = [string, unknown][];

const isPlain = (value: unknown) => value === null || typeof value !== 'object';
const isShort = (value: unknown) =>
  isPlain(value) || (Array.isArray(value) && value.length <= MOST_WORDS && value.every(isPlain));

/** How much room a value wants: text wraps between words, ids do not. */
export function widthOf(value: unknown): 'number' | 'text' | undefined {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string' && value.length > LONG_TEXT && value.includes(' ')) return 'text';
  if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) return 'text';
  return undefined;
}

function Text({ text }: { text: string }) {
  if (TIME.test(text)) {
    return (
      <span className={classes.moment}>
        {formatMoment(text)}{' '}
        <span className="dim">
          <Age at={text} />
        </span>
      </span>
    );
  }
  if (text.length > LONG_ID && !/\s/.test(text)) {
    // Cut where it is shown, whole where it is copied or pointed at.
    return (
      <span className={`${classes.id} mono`} title={text}>
        {text}
      </span>
    );
  }
  return formatValue(text);
}

/** The unit is the end of the name: `memory_bytes`, `uptime_s`; `cpu` is a fraction. */
function Numeral({ name, value }: { name: string; value: number }) {
  if (/(^|_)bytes(_|$)/.test(name)) return <span title={exactBytes(value)}>{formatBytes(value)}</span>;
  if (name.endsWith('_s')) return <span title={`${value} s`}>{formatDuration(value)}</span>;
  if (name === 'cpu' && value >= 0 && value <= 1)
    return <span title={String(value)}>{formatPercent(value)}</span>;
  return String(value);
}

function Pairs({ entries }: { entries: Entries }) {
  return (
    <dl className={classes.pairs}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{labelOf(name)}</dt>
          <dd>
            <ValueView name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function List({ values }: { values: unknown[] }) {
  if (values.length === 0) return <span className="dim">{m.plans.none}</span>;
  if (values.every(isPlain)) {
    const words = values.map((value) => formatValue(value));
    if (words.length <= MOST_WORDS) return words.join(', ');
    return (
      <details className={classes.more}>
        <summary>{m.operations.entries(words.length)}</summary>
        {words.join(', ')}
      </details>
    );
  }
  return (
    <details className={classes.more}>
      <summary>{m.operations.entries(values.length)}</summary>
      <ol className={classes.entries}>
        {values.map((value, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries of an unknown kind have no identity
          <li key={at}>
            {isPlain(value) || Array.isArray(value) ? (
              <ValueView name="" value={value} />
            ) : (
              <Pairs entries={Object.entries(value as object)} />
            )}
          </li>
        ))}
      </ol>
    </details>
  );
}

export function ValueView({ name, value }: { name: string; value: unknown }) {
  if (value === null || value === undefined) return <Unknown />;
  if (typeof value === 'string') return <Text text={value} />;
  if (typeof value === 'number') return <Numeral name={name} value={value} />;
  if (typeof value === 'boolean') return value ? m.values.yes : m.values.no;
  if (Array.isArray(value)) return <List values={value} />;
  const entries: Entries = Object.entries(value);
  if (entries.length === 0) return <span className="dim">{m.plans.none}</span>;
  if (entries.length <= MOST_PAIRS && entries.every(([, inner]) => isShort(inner))) {
    return <Pairs entries={entries} />;
  }
  return (
    <details className={classes.more}>
      <summary>{m.operations.fields(entries.length)}</summary>
      <Pairs entries={entries} />
    </details>
  );
}
