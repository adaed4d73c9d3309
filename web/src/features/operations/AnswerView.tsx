// The answer of any query: rows as a table (on a narrow screen as cards), the rest as facts.
import { m } from '@/app/messages';
import { EmptyState, Facts, Panel } from '@/ui';
import { shapeOf } from './answerShape';
import classes from './operations.module.css';
import { ValueView, widthOf } from './ValueView';
import { labelOf } from './words';

const MOST_ROWS = 500;

export function AnswerView({ answer }: { answer: unknown }) {
  const { facts, tables } = shapeOf(answer);
  if (facts.length === 0 && tables.length === 0) return <EmptyState title={m.operations.emptyAnswer} />;
  return (
    <>
      {facts.length > 0 && (
        <Panel title={m.operations.answer}>
          <Facts
            items={facts.map(([name, value]) => ({
              name: labelOf(name) || m.operations.answer,
              value: <ValueView name={name} value={value} />,
              wide: typeof value === 'object' && value !== null,
            }))}
          />
        </Panel>
      )}
      {tables.map(({ name, columns, rows }) => (
        <Panel
          key={name}
          flush
          title={labelOf(name) || m.operations.answer}
          aside={
            <span className="dim tabular">
              {rows.length > MOST_ROWS
                ? m.operations.shown(MOST_ROWS, rows.length)
                : m.table.rows(rows.length, rows.length)}
            </span>
          }
        >
          <div className={classes.answer} tabIndex={0} role="region" aria-label={labelOf(name)}>
            <table className={classes.table}>
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th key={column} scope="col">
                      {labelOf(column)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, MOST_ROWS).map((row, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: rows of an unknown kind have no identity
                  <tr key={at}>
                    {columns.map((column) => (
                      <td key={column} data-label={labelOf(column)} data-width={widthOf(row[column])}>
                        <ValueView name={column} value={row[column]} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Panel>
      ))}
    </>
  );
}
