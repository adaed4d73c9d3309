// From an operation's input schema to the fields of a form, and from what was typed back to an input.
import { describe, labelOf, rankOf, unitOf } from './words';

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
  /** `guest` where any text names guests, whatever the property is called. */
  format?: string;
}

export type FieldKind =
  | 'text'
  | 'integer'
  | 'number'
  | 'boolean'
  /** Yes, no, or not said at all. */
  | 'maybe'
  | 'choice'
  | 'list'
  | 'json';

export interface Field {
  /** Where its value is kept in the draft: `input.cores` for a field of an inner form. */
  key: string;
  name: string;
  /** What the value names, where that is known: as a rule the name says it. */
  as: string;
  /** The property whose object it belongs to; null for the form itself. */
  under: string | null;
  label: string;
  unit: string | null;
  description: string | null;
  kind: FieldKind;
  required: boolean;
  choices: string[];
  minimum: number | null;
  maximum: number | null;
  /** What a switch is when nobody touches it. */
  on: boolean;
  /** Text of several lines. */
  long: boolean;
}

export type Value = string | boolean | string[];

/** What a form holds: text as typed, a switch, or a list of words. */
export type Draft = Record<string, Value>;

function typesOf(schema: Schema): string[] {
  return [schema.type ?? []].flat().filter((type) => type !== 'null');
}

const mayBeNull = (schema: Schema) => [schema.type ?? []].flat().includes('null');

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
  if (type === 'boolean') return mayBeNull(schema) ? 'maybe' : 'boolean';
  if (type === 'integer' || type === 'number') return type;
  if (type === 'array' && schema.items && typesOf(schema.items)[0] === 'string') return 'list';
  return 'json';
}

/**
 * The fields in the order that asks first for what must be given, then for what names the thing. A schema comes with
 * its properties by the alphabet, so the order is ours.
 */
export function fieldsOf(
  schema: Schema,
  under: string | null = null,
  order: 'ours' | 'given' = 'ours',
): Field[] {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, property]): Field => {
    const inner = unwrapped(property);
    const kind = kindOf(inner);
    const said = property.description ?? inner.description ?? null;
    const unit = unitOf(name, kind === 'integer' || kind === 'number' ? said : null);
    return {
      key: under === null ? name : `${under}.${name}`,
      name,
      as: inner.format === 'guest' ? 'guest' : name,
      under,
      label: labelOf(name),
      unit,
      description: describe(said, labelOf(name), unit),
      kind,
      required: required.has(name),
      choices: choicesOf(inner) ?? [],
      minimum: inner.minimum ?? null,
      maximum: inner.maximum ?? null,
      on: property.default === true,
      long: kind === 'text' && (name === 'description' || /\bYAML\b/.test(said ?? '')),
    };
  });
  if (order === 'given') return fields;
  const place = (field: Field) => (field.required ? 0 : 1_000) + rankOf(field.name);
  return fields.sort((a, b) => place(a) - place(b));
}

/** What a field holds before anybody typed. */
export function emptyValue(field: Field): Value {
  return field.kind === 'boolean' ? field.on : field.kind === 'list' ? [] : '';
}

/** What is known already, as the form holds it. */
export function draftOf(given: Record<string, unknown>): Draft {
  const draft: Draft = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'boolean') draft[name] = value;
    else if (Array.isArray(value) && value.every((each) => typeof each === 'string')) draft[name] = value;
    else draft[name] = JSON.stringify(value);
  }
  return draft;
}

export type Problem = 'missing' | 'number' | 'integer' | 'json' | 'small' | 'large';

/** The input that was typed, or what is wrong with which field. What was left empty is left out. */
export function inputOf(
  fields: readonly Field[],
  draft: Draft,
): { input: Record<string, unknown>; problems: Record<string, Problem> } {
  const input: Record<string, unknown> = {};
  const problems: Record<string, Problem> = {};
  const put = (field: Field, value: unknown) => {
    if (field.under === null) input[field.name] = value;
    else input[field.under] = { ...(input[field.under] as object | undefined), [field.name]: value };
  };
  for (const field of fields) {
    const typed = draft[field.key] ?? emptyValue(field);
    if (field.kind === 'boolean') {
      if (typed !== field.on || field.required) put(field, typed);
      continue;
    }
    if (typeof typed === 'boolean') {
      put(field, typed);
      continue;
    }
    const empty = typed.length === 0 || (typeof typed === 'string' && typed.trim() === '');
    if (empty) {
      if (field.required) problems[field.key] = 'missing';
      continue;
    }
    const read = Array.isArray(typed) ? { value: typed } : readText(field, typed);
    if ('problem' in read) problems[field.key] = read.problem;
    else put(field, read.value);
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
