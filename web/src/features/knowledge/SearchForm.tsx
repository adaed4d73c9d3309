// The question, and where it is looked up.
import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type FormEvent, useEffect, useState } from 'react';
import { m } from '@/app/messages';
import classes from './knowledge.module.css';
import type { Source } from './queries';
import { choicesOf, type Scope, scopeOf, scopeValue } from './scope';

interface Props {
  question: string;
  scope: Scope;
  sources: readonly Source[];
  onAsk: (question: string, scope: Scope) => void;
}

export function SearchForm({ question, scope, sources, onAsk }: Props) {
  const [typed, setTyped] = useState(question);
  // The address may change without this page: back, forward, a link.
  useEffect(() => setTyped(question), [question]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAsk(typed.trim(), scope);
  };
  return (
    <form className={classes.ask} onSubmit={submit} role="search">
      <TextInput
        className={classes.question}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        placeholder={m.knowledge.question}
        aria-label={m.knowledge.questionName}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        maxLength={4000}
      />
      <ScopeSelect
        scope={scope}
        sources={sources}
        onChange={(chosen) => onAsk(typed.trim() || question, chosen)}
      />
      <Button type="submit">{m.knowledge.ask}</Button>
    </form>
  );
}

interface ScopeProps {
  scope: Scope;
  sources: readonly Source[];
  onChange: (scope: Scope) => void;
}

function ScopeSelect({ scope, sources, onChange }: ScopeProps) {
  const choices = choicesOf(sources);
  const value = scopeValue(scope);
  const known =
    value === '' ||
    choices.clusters.some(({ name }) => name === scope.cluster) ||
    choices.releases.some((release) => release === scope.version) ||
    choices.sources.some(({ id }) => id === scope.source);
  return (
    <label className={classes.scope} data-on={value !== '' || undefined}>
      <span className="visually-hidden">{m.knowledge.where}</span>
      <select value={value} onChange={(event) => onChange(scopeOf(event.target.value))}>
        <option value="">{m.knowledge.newest(choices.releases[0] ?? null)}</option>
        {!known && <option value={value}>{scope.cluster ?? scope.version ?? scope.source}</option>}
        {choices.clusters.length > 0 && (
          <optgroup label={m.knowledge.clusters}>
            {choices.clusters.map(({ name, release }) => (
              <option key={name} value={scopeValue({ cluster: name })}>
                {release === null ? name : `${name} (${release})`}
              </option>
            ))}
          </optgroup>
        )}
        {choices.releases.length > 0 && (
          <optgroup label={m.knowledge.releases}>
            {choices.releases.map((release) => (
              <option key={release} value={scopeValue({ version: release })}>
                {m.knowledge.forRelease(release)}
              </option>
            ))}
          </optgroup>
        )}
        <optgroup label={m.knowledge.sourcesAlone}>
          {choices.sources.map(({ id, name }) => (
            <option key={id} value={scopeValue({ source: id })}>
              {name}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}
