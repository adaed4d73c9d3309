// The form of any operation, drawn from its input schema: what the product can do, a person can do here.
import {
  Autocomplete,
  Button,
  Checkbox,
  NumberInput,
  Select,
  TagsInput,
  Textarea,
  TextInput,
} from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import { m } from '@/app/messages';
import { ReasonButton, WithCode } from '@/ui';
import {
  type Draft,
  draftOf,
  emptyValue,
  type Field,
  fieldsOf,
  inputOf,
  type Schema,
  type Value,
} from './fields';
import { useUnfolded } from './inner';
import classes from './operations.module.css';
import { type Around, useSuggestions } from './suggestions';

interface Props {
  schema: Schema;
  /** Values that are known already, such as the guests that were selected. */
  given?: Record<string, unknown>;
  submit: string;
  /** Why it cannot be sent; null when it can. */
  reason?: string | null;
  busy?: boolean;
  onSubmit: (input: Record<string, unknown>) => void;
  onCancel?: () => void;
}

const MANY_CHOICES = 8;

export function OperationForm({
  schema,
  given,
  submit,
  reason = null,
  busy = false,
  onSubmit,
  onCancel,
}: Props) {
  const known = useMemo(() => fieldsOf(schema), [schema]);
  const [draft, setDraft] = useState<Draft>(() => draftOf(given ?? {}));
  const fields = useUnfolded(known, draft, m.operations.without);
  const [tried, setTried] = useState(false);
  const { input, problems } = useMemo(() => inputOf(fields, draft), [fields, draft]);

  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length === 0) onSubmit(input);
  };

  return (
    <form className={classes.form} onSubmit={send} noValidate>
      {fields.length === 0 && <p className="dim">{m.operations.noInput}</p>}
      {fields.map((field) => {
        const problem = problems[field.key];
        return (
          <FieldInput
            key={field.key}
            field={field}
            value={draft[field.key] ?? emptyValue(field)}
            around={aroundOf(fields, draft, field)}
            error={tried && problem ? m.operations.problems[problem](field.minimum, field.maximum) : null}
            onChange={(value) => setDraft((old) => ({ ...old, [field.key]: value }))}
          />
        );
      })}
      <div className={classes.actions}>
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {m.snapshots.cancel}
          </Button>
        )}
        <ReasonButton type="submit" reason={reason} loading={busy}>
          {submit}
        </ReasonButton>
      </div>
    </form>
  );
}

/** The fields that narrow what fits into this one; they stand in the same object. */
function aroundOf(fields: readonly Field[], draft: Draft, field: Field): Around {
  const beside = (name: string) => {
    const value = draft[field.under === null ? name : `${field.under}.${name}`];
    return typeof value === 'string' ? value.trim() : '';
  };
  const actions = field.name === 'op' && fields.some((other) => other.name === 'calendar');
  return { cluster: beside('cluster'), node: beside('node'), actions };
}

interface InputProps {
  field: Field;
  value: Value;
  around: Around;
  error: string | null;
  onChange: (value: Value) => void;
}

function FieldInput({ field, value, around, error, onChange }: InputProps) {
  const { options, input } = useSuggestions(field, around);
  const label = field.unit === null ? field.label : m.operations.withUnit(field.label, field.unit);
  const description = field.description === null ? undefined : <WithCode text={field.description} />;
  const shared = { label, description, error, withAsterisk: field.required };
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'boolean':
      return (
        <Checkbox
          label={label}
          description={description}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'maybe':
      return (
        <Select
          {...shared}
          data={[
            { value: 'true', label: m.values.yes },
            { value: 'false', label: m.values.no },
          ]}
          value={value === '' ? null : String(value)}
          clearable={!field.required}
          placeholder={m.operations.notSaid}
          onChange={(next) => onChange(next === null ? '' : next === 'true')}
        />
      );
    case 'choice':
      return (
        <Select
          {...shared}
          data={field.choices}
          value={text || null}
          clearable={!field.required}
          searchable={field.choices.length > MANY_CHOICES}
          onChange={(next) => onChange(next ?? '')}
        />
      );
    case 'list':
      return (
        <TagsInput
          {...shared}
          data={options}
          limit={20}
          value={Array.isArray(value) ? value : []}
          splitChars={[]}
          acceptValueOnBlur
          onChange={onChange}
        />
      );
    case 'integer':
    case 'number':
      return (
        <NumberInput
          {...shared}
          value={text}
          allowDecimal={field.kind === 'number'}
          onChange={(next) => onChange(String(next))}
        />
      );
    case 'json':
      return (
        <Textarea
          {...shared}
          classNames={{ input: 'mono' }}
          autosize
          minRows={3}
          maxRows={16}
          spellCheck={false}
          placeholder={m.operations.json}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'text':
      if (field.long) {
        return (
          <Textarea
            {...shared}
            classNames={field.name === 'source' ? { input: 'mono' } : {}}
            autosize
            minRows={field.name === 'source' ? 8 : 2}
            maxRows={24}
            spellCheck={false}
            value={text}
            onChange={(event) => onChange(event.currentTarget.value)}
          />
        );
      }
      if (input === 'strict') {
        return (
          <Select
            {...shared}
            // What was given may have gone since; it is shown as it is, to be mended.
            data={text === '' || options.includes(text) ? options : [text, ...options]}
            value={text || null}
            clearable={!field.required}
            searchable={options.length > MANY_CHOICES}
            onChange={(next) => onChange(next ?? '')}
          />
        );
      }
      return input === 'suggested' ? (
        <Autocomplete
          {...shared}
          data={options}
          limit={20}
          value={text}
          onChange={onChange}
          autoComplete="off"
        />
      ) : (
        <TextInput
          {...shared}
          type={field.name === 'password' ? 'password' : 'text'}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete={field.name === 'password' ? 'new-password' : 'off'}
          spellCheck={false}
        />
      );
  }
}
