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
import { ReasonButton } from '@/ui';
import { type Draft, emptyDraft, type Field, fieldsOf, inputOf, type Schema } from './fields';
import classes from './operations.module.css';
import { useSuggestions } from './suggestions';

interface Props {
  schema: Schema;
  /** Values that are known already, such as the guests that were selected. */
  given?: Draft;
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
  const fields = useMemo(() => fieldsOf(schema), [schema]);
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(fields, given));
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
        const problem = problems[field.name];
        return (
          <FieldInput
            key={field.name}
            field={field}
            value={draft[field.name] ?? ''}
            error={tried && problem ? m.operations.problems[problem](field.minimum, field.maximum) : null}
            onChange={(value) => setDraft((old) => ({ ...old, [field.name]: value }))}
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

interface InputProps {
  field: Field;
  value: Draft[string];
  error: string | null;
  onChange: (value: Draft[string]) => void;
}

function FieldInput({ field, value, error, onChange }: InputProps) {
  const suggestions = useSuggestions(field.name);
  const shared = {
    label: field.label,
    description: field.description ?? undefined,
    error,
    withAsterisk: field.required,
  };
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'boolean':
      return (
        <Checkbox
          label={field.label}
          description={field.description ?? undefined}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
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
          data={suggestions}
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
      return suggestions.length > 0 ? (
        <Autocomplete
          {...shared}
          data={suggestions}
          limit={20}
          value={text}
          onChange={onChange}
          autoComplete="off"
        />
      ) : (
        <TextInput
          {...shared}
          value={text}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete="off"
          spellCheck={false}
        />
      );
  }
}
