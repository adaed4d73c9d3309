// An operation by its schema: a query shows its answer, an action leads to its plan, a wrong form says why.
import { cleanup, fireEvent, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { PlanFlowProvider } from '@/features/runs';
import { plan, serve, session, show } from '@/test-support';
import { shapeOf } from './answerShape';
import { Operation } from './OperationPage';
import { grouped } from './OperationsPage';
import { ValueView } from './ValueView';

const shown = (detail: Record<string, unknown>) => ({
  'POST /api/v1/operations/show': {
    body: { name: 'x.y', summary: 'Do it', kind: 'action', risk: 'reversible', scope: 'cluster', ...detail },
  },
  'POST /api/v1/inventory/list': { body: { guests: [], total: 0, as_of: [] } },
});

describe('operations', () => {
  it('shows the answer of a query as rows and facts', async () => {
    const calls = serve({
      ...session(),
      ...shown({ kind: 'query', risk: 'read', input: { properties: { limit: { type: 'integer' } } } }),
      'POST /api/v1/x/y': { body: { total: 2, rows: [{ name: 'one' }, { name: null, size: 7 }] } },
    });
    show(<Operation op="x.y" />);
    fireEvent.change(await screen.findByRole('textbox', { name: 'Limit' }), { target: { value: '5' } });
    fireEvent.click(screen.getByRole('button', { name: 'Look' }));
    expect(await screen.findByRole('cell', { name: 'one' })).toBeTruthy();
    expect(screen.getByRole('columnheader', { name: 'Size' })).toBeTruthy();
    expect(calls.at(-1)?.body).toEqual({ limit: 5 });
  });

  it('proposes an action and shows its plan', async () => {
    serve({
      ...session(),
      ...shown({ input: { properties: { name: { type: 'string' } }, required: ['name'] } }),
      'POST /api/v1/x/y': { status: 202, body: plan({ op: 'x.y', summary: 'do it to web-02' }) },
      'GET /api/v1/plans/plan-1': { body: plan({ op: 'x.y', summary: 'do it to web-02' }) },
    });
    show(
      <PlanFlowProvider>
        <Operation op="x.y" />
      </PlanFlowProvider>,
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Show the plan' }));
    expect(await screen.findByText('This is needed.')).toBeTruthy();
    fireEvent.change(screen.getByRole('textbox', { name: /Name/ }), { target: { value: 'n' } });
    fireEvent.click(screen.getByRole('button', { name: 'Show the plan' }));
    expect(await screen.findByRole('button', { name: 'Do it to web-02' })).toBeTruthy();
  });

  it('says why a viewer cannot change anything', async () => {
    serve({ ...session('viewer'), ...shown({ input: {} }) });
    show(<Operation op="x.y" />);
    const button = await screen.findByRole('button', { name: /Show the plan/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
  });

  it('finds operations by every word that was typed', () => {
    const row = (name: string, summary: string) =>
      ({ name, summary, kind: 'action', risk: 'reversible', scope: 'cluster' }) as const;
    const rows = [
      row('guests.stop', 'Stop guests'),
      row('guests.move', 'Move a disk'),
      row('nodes.list', 'List'),
    ];
    expect(
      grouped(rows, 'guest disk').map(([noun, found]) => [noun, found.map((each) => each.name)]),
    ).toEqual([['guests', ['guests.move']]]);
    expect(grouped(rows, '').map(([noun]) => noun)).toEqual(['guests', 'nodes']);
  });

  it('takes lists of objects for rows and the rest for facts', () => {
    expect(shapeOf({ total: 1, tags: ['a'], rows: [{ id: 1 }] })).toEqual({
      facts: [
        ['total', 1],
        ['tags', ['a']],
      ],
      tables: [{ name: 'rows', columns: ['id'], rows: [{ id: 1 }] }],
    });
    expect(shapeOf(null)).toEqual({ facts: [], tables: [] });
  });

  it('puts what names a row first and what only machines read last', () => {
    const columns = (row: object) => shapeOf({ rows: [row] }).tables[0]?.columns;
    expect(columns({ at: 1, digest: 2, id: 3, name: 4, node: 5 })).toEqual([
      'name',
      'node',
      'at',
      'digest',
      'id',
    ]);
    expect(columns({ age_s: 1, id: 2, state: 3 })).toEqual(['id', 'state', 'age_s']);
  });
});

describe('values of an answer', () => {
  const text = async (name: string, value: unknown) => {
    show(
      <p data-testid="value">
        <ValueView name={name} value={value} />
      </p>,
    );
    return (await screen.findByTestId('value')).textContent;
  };

  it('are times to the second, with their age', async () => {
    const at = new Date(Date.now() - 125_000).toISOString().replace('Z', '894187Z');
    expect(await text('created_at', at)).toMatch(/\d{4}.*:\d\d:\d\d .*2 min ago$/);
  });

  it('have the unit that their name says', async () => {
    expect(await text('memory_bytes', 4 * 1024 ** 3)).toBe('4.0 GiB');
  });

  it('are unknown when they are null', async () => {
    expect(await text('x', null)).toMatch(/^–/);
  });

  it('keep a long id on one line, whole for whoever points at it', async () => {
    const id = 'p_01a22a8bf0657373a02c04955797f2c6';
    show(<ValueView name="id" value={id} />);
    expect((await screen.findByTitle(id)).className).toMatch(/id/);
  });

  it('are short pairs when they are small objects, and behind a disclosure when they are not', async () => {
    expect(await text('ruling', { people: 1, decision: 'ask' })).toBe('People1Decisionask');
    cleanup();
    const { container } = show(<ValueView name="steps" value={[{ id: 's1', change: { a: 1 } }]} />);
    expect(await screen.findByText('1 entry')).toBeTruthy();
    expect(container.querySelector('details')?.open).toBe(false);
    expect(container.querySelector('details')?.textContent).toBe('1 entryIds1ChangeA1');
  });
});
