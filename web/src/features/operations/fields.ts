// From an operation's input schema to the fields of a form, and from what was typed back to an input.

/** The part of JSON Schema that operations use. */
export interface Schema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
}

export type FieldKind = 'text' | 'integer' | 'number' | 'boolean' | 'choice' | 'list' | 'json';

export interface Field {
  name: string;
  label: string;
  description: string | null;
  kind: FieldKind;
  required: boolean;
  choices: string[];
  minimum: number | null;
  maximum: number | null;
}

/** What a form holds: text as typed, a switch, or a list of words. */
export type Draft = Record<string, string | boolean | string[]>;

/** `target_storage` reads "Target storage". */
export function labelOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function typesOf(schema: Schema): string[] {
  return [schema.type ?? []].flat().filter((type) => type !== 'null');
}

/** An optional value is written as "this or null"; the form asks for this. */
function unwrapped(schema: Schema): Schema {
  const options = (schema.anyOf ?? schema.oneOf)?.filter((option) => option.type !== 'null');
  const [only] = options ?? [];
  return options?.length === 1 && only ? unwrapped(only) : schema;
}

function choicesOf(schema: Schema): string[] | null {
  const values =
    schema.enum ??
    schema.oneOf?.flatMap((option) => option.enum ?? (option.const === undefined ? [] : [option.const]));
  const words = values?.filter((value): value is string => typeof value === 'string');
  return words && words.length > 0 ? words : null;
}

function kindOf(schema: Schema): FieldKind {
  if (choicesOf(schema)) return 'choice';
  const [type, ...more] = typesOf(schema);
  if (more.length > 0) return 'json';
  if (type === 'string') return 'text';
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  if (type === 'array' && schema.items && typesOf(schema.items)[0] === 'string') return 'list';
  return 'json';
}

/** The fields in the order that asks first for what must be given. */
export function fieldsOf(schema: Schema): Field[] {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]): Field => {
    const inner = unwrapped(property);
    return {
      name,
      label: labelOf(name),
      description: property.description ?? inner.description ?? null,
      kind: kindOf(inner),
      required: required.has(name),
      choices: choicesOf(inner) ?? [],
      minimum: inner.minimum ?? null,
      maximum: inner.maximum ?? null,
    };
  });
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

export function emptyDraft(fields: readonly Field[], given: Draft = {}): Draft {
  return Object.fromEntries(
    fields.map(({ name, kind }) => [
      name,
      given[name] ?? (kind === 'boolean' ? false : kind === 'list' ? [] : ''),
    ]),
  );
}

export type Problem = 'missing' | 'number' | 'integer' | 'json' | 'small' | 'large';

/** The input that was typed, or what is wrong with which field. What was left empty is left out. */
export function inputOf(
  fields: readonly Field[],
  draft: Draft,
): { input: Record<string, unknown>; problems: Record<string, Problem> } {
  const input: Record<string, unknown> = {};
  const problems: Record<string, Problem> = {};
  for (const field of fields) {
    const typed = draft[field.name];
    if (typeof typed === 'boolean') {
      if (typed || field.required) input[field.name] = typed;
      continue;
    }
    const empty =
      typed === undefined || typed.length === 0 || (typeof typed === 'string' && typed.trim() === '');
    if (empty) {
      if (field.required) problems[field.name] = 'missing';
      continue;
    }
    const read = Array.isArray(typed) ? { value: typed } : readText(field, typed);
    if ('problem' in read) problems[field.name] = read.problem;
    else input[field.name] = read.value;
  }
  return { input, problems };
}

function readText(field: Field, typed: string): { value: unknown } | { problem: Problem } {
  if (field.kind === 'json') {
    try {
      return { value: JSON.parse(typed) as unknown };
    } catch {
      return { problem: 'json' };
    }
  }
  if (field.kind !== 'integer' && field.kind !== 'number') return { value: typed };
  const value = Number(typed.trim());
  if (!Number.isFinite(value)) return { problem: 'number' };
  if (field.kind === 'integer' && !Number.isSafeInteger(value)) return { problem: 'integer' };
  if (field.minimum !== null && value < field.minimum) return { problem: 'small' };
  if (field.maximum !== null && value > field.maximum) return { problem: 'large' };
  return { value };
}
