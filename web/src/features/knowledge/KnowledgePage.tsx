// Questions to the documentation: the answer with its places, the sections that come nearest, and the sources.
import { Button, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { m } from '@/app/messages';
import { PageHeader } from '@/ui';
import { AnswerPanel } from './AnswerPanel';
import classes from './knowledge.module.css';
import { PassageList } from './PassageList';
import { useSources } from './queries';
import { SourcesPanel } from './SourcesPanel';

export function KnowledgePage() {
  const { q = '' } = useSearch({ from: '/knowledge' });
  const navigate = useNavigate();
  const [typed, setTyped] = useState(q);
  const sources = useSources();
  // The address may change without this page: back, forward, a link.
  useEffect(() => setTyped(q), [q]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const question = typed.trim();
    void navigate({ to: '/knowledge', search: question === '' ? {} : { q: question } });
  };
  const all = sources.data?.sources ?? [];
  const ready = all.filter((source) => source.state === 'ready').length;
  const sections = all.reduce((sum, source) => sum + source.sections, 0);
  return (
    <div className="stack">
      <PageHeader
        title={m.knowledge.title}
        sentence={sources.data ? m.knowledge.summary(ready, all.length, sections) : ' '}
      />
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
        <Button type="submit">{m.knowledge.ask}</Button>
      </form>
      {q !== '' && <AnswerPanel question={q} />}
      {q !== '' && <PassageList question={q} />}
      <SourcesPanel sources={sources} />
    </div>
  );
}
