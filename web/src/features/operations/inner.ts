// A form inside a form: the input of the operation that was chosen, the parameters of a runbook.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { operationQuery, type Queries } from '@/api';
import { type Draft, type Field, fieldsOf, type Schema } from './fields';
import { useOperation } from './queries';

type Parameter = Queries['runbooks.show']['output']['parameters'][number];

const TYPES: Record<string, Schema> = {
  text: { type: 'string' },
  number: { type: 'number' },
  flag: { type: ['boolean', 'null'] },
  // A selector: an id, a name, `tag=web`.
  guests: { type: 'string', format: 'guest' },
};

/** A runbook's parameters as the schema of an object; a type that is not known is asked for as JSON. */
export function schemaOfParameters(
  parameters: readonly Parameter[],
  without: (value: string) => string,
): Schema {
  const properties: Record<string, Schema> = {};
  const required: string[] = [];
  for (const { name, type, about, default: value } of parameters) {
    const missing = value === null || value === undefined;
    if (missing) required.push(name);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const help = [about, missing ? null : without(text)].filter((part) => part !== null).join(' ');
    properties[name] = { ...(TYPES[type] ?? {}), ...(help === '' ? {} : { description: help }) };
  }
  return { properties, required };
}

const textOf = (draft: Draft, key: string | null) => {
  const value = key === null ? undefined : draft[key];
  return typeof value === 'string' ? value.trim() : '';
};

/** Which field names the runbook whose parameters are asked for. */
function runbookKey(names: ReadonlySet<string>): string | null {
  if (!names.has('parameters')) return null;
  return names.has('runbook') ? 'runbook' : names.has('set') && names.has('name') ? 'name' : null;
}

/** Which guests: asked after what happens to them. */
function guestsAfterOperation(fields: readonly Field[]): readonly Field[] {
  const guests = fields.find((field) => field.name === 'guests');
  const others = fields.filter((field) => field !== guests);
  const input = others.findIndex((field) => field.name === 'input');
  if (!guests || input < 0 || !others.some((field) => field.name === 'op')) return fields;
  return [...others.slice(0, input), guests, ...others.slice(input)];
}

/** What is asked once it is known what is wished for: either an operation with its input, or a runbook. */
export function unfold(
  fields: readonly Field[],
  draft: Draft,
  operation: Schema | undefined,
  parameters: Schema | undefined,
): Field[] {
  const names = new Set(fields.map((field) => field.name));
  const book = runbookKey(names);
  const either = book === 'runbook' && names.has('op');
  const op = textOf(draft, names.has('op') && names.has('input') ? 'op' : null);
  const runbook = textOf(draft, book);
  return guestsAfterOperation(fields).flatMap((field) => {
    if (either) {
      // The one rules out the other; what belongs to neither choice yet is not asked.
      if (runbook !== '' && op === '' && ['op', 'guests', 'input'].includes(field.name)) return [];
      if (op !== '' && runbook === '' && ['runbook', 'parameters'].includes(field.name)) return [];
      if (op === '' && runbook === '' && ['guests', 'input', 'parameters'].includes(field.name)) return [];
    }
    if (field.name === 'guests' && operation && op !== '') {
      if (!operation.properties?.guests) return [];
      return [{ ...field, required: operation.required?.includes('guests') ?? false }];
    }
    if (field.name === 'input' && operation && op !== '') {
      return fieldsOf(operation, 'input').filter(
        (inner) => !(inner.name === 'guests' && names.has('guests')),
      );
    }
    if (parameters && runbook !== '') {
      if (field.name === 'parameters') return fieldsOf(parameters, 'parameters', 'given');
      if (field.name === 'set') return [];
    }
    return [field];
  });
}

export function useUnfolded(
  fields: readonly Field[],
  draft: Draft,
  without: (value: string) => string,
): Field[] {
  const names = useMemo(() => new Set(fields.map((field) => field.name)), [fields]);
  const operations = useQuery({
    ...operationQuery('operations.list', {}),
    enabled: names.has('op') && names.has('input'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const runbooks = useQuery({
    ...operationQuery('runbooks.list', {}),
    enabled: runbookKey(names) !== null,
  });
  const op = names.has('input') ? textOf(draft, 'op') : '';
  const runbook = textOf(draft, runbookKey(names));
  // Only what exists is asked for: a name is typed letter by letter.
  const operation = useOperation(op, operations.data?.operations.some((row) => row.name === op) ?? false);
  const book = useQuery({
    ...operationQuery('runbooks.show', { name: runbook }),
    enabled: runbooks.data?.runbooks.some((row) => row.name === runbook) ?? false,
  });
  const parameters = useMemo(
    () => (book.data ? schemaOfParameters(book.data.parameters, without) : undefined),
    [book.data, without],
  );
  // The schema is the operation's own, as JSON.
  const schema = operation.data?.input as Schema | undefined;
  return useMemo(() => unfold(fields, draft, schema, parameters), [fields, draft, schema, parameters]);
}
