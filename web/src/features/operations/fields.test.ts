// Schemas become fields; what was typed becomes an input, or says which field is wrong.
import { describe, expect, it } from 'vitest';
import { draftOf, fieldsOf, inputOf, type Schema } from './fields';
import { schemaOfParameters, unfold } from './inner';
import { bridgesOf } from './suggestions';
import { describe as help, labelOf, unitOf } from './words';

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
      ['target_storage', 'text', false, []],
      ['memory', 'boolean', false, []],
      ['keep', 'integer', false, []],
      ['mode', 'choice', false, ['stop', 'suspend']],
      ['options', 'json', false, []],
    ]);
    expect(fieldsOf(schema)[2]?.label).toBe('Target storage');
  });

  it('leaves out what was left empty', () => {
    const fields = fieldsOf(schema);
    const draft = draftOf({ guests: ['demo/101'], level: 'high' });
    expect(inputOf(fields, draft)).toEqual({ input: { guests: ['demo/101'], level: 'high' }, problems: {} });
  });

  it('reads numbers and JSON and keeps text as it was typed', () => {
    const fields = fieldsOf(schema);
    const draft = {
      ...draftOf({ guests: ['a'], level: 'low' }),
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
      inputOf(fields, { ...draftOf({ guests: ['a'], level: 'low' }), ...change }).problems;
    expect(inputOf(fields, {}).problems).toEqual({ guests: 'missing', level: 'missing' });
    expect(problem({ keep: 'three' })).toEqual({ keep: 'number' });
    expect(problem({ keep: '1.5' })).toEqual({ keep: 'integer' });
    expect(problem({ keep: '0' })).toEqual({ keep: 'small' });
    expect(problem({ keep: '10' })).toEqual({ keep: 'large' });
    expect(problem({ options: '{' })).toEqual({ options: 'json' });
  });

  it('asks for a new guest by its name before its bridge, whatever the alphabet says', () => {
    const names = ['bridge', 'cluster', 'cores', 'description', 'disk_gib', 'kind', 'name', 'node', 'onboot'];
    const create: Schema = {
      properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
      required: ['kind'],
    };
    expect(fieldsOf(create).map((field) => field.name)).toEqual([
      'kind',
      'name',
      'cluster',
      'node',
      'cores',
      'disk_gib',
      'bridge',
      'onboot',
      'description',
    ]);
  });

  it('says the unit beside the label, and no help that only repeats it', () => {
    expect([labelOf('disk_gib'), unitOf('disk_gib', null)]).toEqual(['Disk', 'GiB']);
    expect([labelOf('jitter_s'), unitOf('jitter_s', null)]).toEqual(['Jitter', 'seconds']);
    expect([labelOf('memory'), unitOf('memory', 'Memory in MiB.')]).toEqual(['Memory', 'MiB']);
    expect([labelOf('s'), unitOf('s', null)]).toEqual(['S', null]);
    expect(labelOf('ssh_key')).toBe('SSH key');
    expect(help('Cores.', 'Cores', null)).toBeNull();
    expect(help('Its gateway.', 'Gateway', null)).toBeNull();
    expect(help('Memory in MiB.', 'Memory', 'MiB')).toBeNull();
    expect(help('Size of its first disk in GiB.', 'Disk', 'GiB')).toBe('Size of its first disk in GiB.');
  });

  it('can switch off what is on, and says nothing of what nobody touched', () => {
    const fields = fieldsOf({
      properties: {
        enabled: { type: ['boolean', 'null'] },
        onboot: { type: ['boolean', 'null'] },
        verify: { type: 'boolean', default: true },
        purge: { type: 'boolean', default: true },
      },
    });
    expect(inputOf(fields, { enabled: false, purge: false }).input).toEqual({ enabled: false, purge: false });
    expect(inputOf(fields, {}).input).toEqual({});
  });

  it('offers the bridges among what a node says of its network', () => {
    const data = [
      { iface: 'vmbr1', type: 'OVSBridge' },
      { iface: 'vmbr0', type: 'bridge' },
      { iface: 'eno1', type: 'eth' },
    ];
    expect(bridgesOf({ data })).toEqual(['vmbr0', 'vmbr1']);
    expect(bridgesOf({ data: null })).toEqual([]);
  });
});

describe('a form inside a form', () => {
  const calendar = fieldsOf({
    properties: {
      name: { type: 'string' },
      op: { type: ['string', 'null'] },
      guests: { type: 'array', items: { type: 'string' } },
      input: {},
      runbook: { type: ['string', 'null'] },
      parameters: {},
    },
    required: ['name'],
  });
  const reboot: Schema = {
    properties: {
      guests: { type: 'array', items: { type: 'string' } },
      timeout_s: { type: 'integer' },
    },
    required: ['guests', 'timeout_s'],
  };
  const keys = (...given: [Record<string, string>, Schema?, Schema?]) =>
    unfold(calendar, given[0], given[1], given[2]).map((field) => field.key);

  it('first asks what is wished for: an operation or a runbook', () => {
    expect(keys({})).toEqual(['name', 'op', 'runbook']);
    expect(keys({ op: 'guests.reb' })).toEqual(['name', 'op', 'guests', 'input']);
  });

  it('asks for the input of the operation that was chosen, its guests once', () => {
    const fields = unfold(calendar, { op: 'guests.reboot' }, reboot, undefined);
    expect(fields.map((field) => field.key)).toEqual(['name', 'op', 'guests', 'input.timeout_s']);
    expect(inputOf(fields, { name: 'n', op: 'guests.reboot' }).problems).toEqual({
      guests: 'missing',
      'input.timeout_s': 'missing',
    });
    const draft = { name: 'n', op: 'guests.reboot', guests: ['web-02'], 'input.timeout_s': '30' };
    expect(inputOf(fields, draft)).toEqual({
      input: { name: 'n', op: 'guests.reboot', guests: ['web-02'], input: { timeout_s: 30 } },
      problems: {},
    });
  });

  it('asks for no guests where the operation has none', () => {
    const wake: Schema = { properties: { nodes: { type: 'array', items: { type: 'string' } } } };
    expect(keys({ op: 'nodes.wake' }, wake)).toEqual(['name', 'op', 'input.nodes']);
  });

  it('asks for the parameters of a runbook, with their types', () => {
    const parameters = schemaOfParameters(
      [
        { name: 'who', type: 'guests', about: 'Which guests.', default: null },
        { name: 'note', type: 'text', about: null, default: 'weekly' },
        { name: 'deep', type: 'flag', about: null, default: false },
      ],
      (value) => `Without: ${value}.`,
    );
    const fields = unfold(calendar, { runbook: 'patch' }, undefined, parameters);
    expect(fields.map(({ key, kind, required }) => [key, kind, required])).toEqual([
      ['name', 'text', true],
      ['runbook', 'text', false],
      ['parameters.who', 'text', true],
      ['parameters.note', 'text', false],
      ['parameters.deep', 'maybe', false],
    ]);
    expect(fields[2]?.as).toBe('guest');
    const draft = { name: 'n', runbook: 'patch', 'parameters.who': 'tag=web', 'parameters.deep': true };
    expect(inputOf(fields, draft).input).toEqual({
      name: 'n',
      runbook: 'patch',
      parameters: { who: 'tag=web', deep: true },
    });
  });
});
