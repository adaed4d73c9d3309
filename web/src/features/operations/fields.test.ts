// Schemas become fields; what was typed becomes an input, or says which field is wrong.
import { describe, expect, it } from 'vitest';
import { emptyDraft, fieldsOf, inputOf, type Schema } from './fields';

const schema: Schema = {
  properties: {
    memory: { type: 'boolean', description: 'Keep the memory.' },
    keep: { type: ['integer', 'null'], minimum: 1, maximum: 9 },
    guests: { type: 'array', items: { type: 'string' } },
    mode: { anyOf: [{ enum: ['stop', 'suspend'], type: 'string' }, { type: 'null' }] },
    level: {
      oneOf: [
        { const: 'low', type: 'string' },
        { const: 'high', type: 'string' },
      ],
    },
    options: { type: 'object' },
    target_storage: { type: ['string', 'null'] },
  },
  required: ['guests', 'level'],
};

describe('fields of a form', () => {
  it('asks first for what must be given, each in its own way', () => {
    expect(
      fieldsOf(schema).map(({ name, kind, required, choices }) => [name, kind, required, choices]),
    ).toEqual([
      ['guests', 'list', true, []],
      ['level', 'choice', true, ['low', 'high']],
      ['memory', 'boolean', false, []],
      ['keep', 'integer', false, []],
      ['mode', 'choice', false, ['stop', 'suspend']],
      ['options', 'json', false, []],
      ['target_storage', 'text', false, []],
    ]);
    expect(fieldsOf(schema)[6]?.label).toBe('Target storage');
  });

  it('leaves out what was left empty', () => {
    const fields = fieldsOf(schema);
    const draft = emptyDraft(fields, { guests: ['demo/101'], level: 'high' });
    expect(inputOf(fields, draft)).toEqual({ input: { guests: ['demo/101'], level: 'high' }, problems: {} });
  });

  it('reads numbers and JSON and keeps text as it was typed', () => {
    const fields = fieldsOf(schema);
    const draft = {
      ...emptyDraft(fields, { guests: ['a'], level: 'low' }),
      memory: true,
      keep: ' 3 ',
      options: '{"cores": 2}',
      target_storage: ' pool ',
    };
    expect(inputOf(fields, draft)).toEqual({
      input: {
        guests: ['a'],
        level: 'low',
        memory: true,
        keep: 3,
        options: { cores: 2 },
        target_storage: ' pool ',
      },
      problems: {},
    });
  });

  it('names the field that is wrong, and how', () => {
    const fields = fieldsOf(schema);
    const problem = (change: Record<string, string>) =>
      inputOf(fields, { ...emptyDraft(fields, { guests: ['a'], level: 'low' }), ...change }).problems;
    expect(inputOf(fields, emptyDraft(fields)).problems).toEqual({ guests: 'missing', level: 'missing' });
    expect(problem({ keep: 'three' })).toEqual({ keep: 'number' });
    expect(problem({ keep: '1.5' })).toEqual({ keep: 'integer' });
    expect(problem({ keep: '0' })).toEqual({ keep: 'small' });
    expect(problem({ keep: '10' })).toEqual({ keep: 'large' });
    expect(problem({ options: '{' })).toEqual({ options: 'json' });
  });
});
