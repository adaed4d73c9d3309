// Questions to the documentation: the answer with its places, the sections that come nearest, the sources, the notes.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { m } from '@/app/messages';
import { PageHeader } from '@/ui';
import { AnswerPanel } from './AnswerPanel';
import classes from './knowledge.module.css';
import { NotesPanel } from './NotesPanel';
import { PassageList } from './PassageList';
import { useSources } from './queries';
import { SearchForm } from './SearchForm';
import { SourcesPanel } from './SourcesPanel';

const OperationDialog = lazy(() =>
  import('@/features/operations/dialog').then((module) => ({ default: module.OperationDialog })),
);

export function KnowledgePage() {
  const { q = '', ...scope } = useSearch({ from: '/knowledge' });
  const navigate = useNavigate();
  const sources = useSources();
  const [form, setForm] = useState<string | null>(null);
  const all = sources.data?.sources ?? [];
  const read = all.filter((source) => source.sections > 0).length;
  const sections = all.reduce((sum, source) => sum + source.sections, 0);
  const alone = all.find((source) => source.id === scope.source);
  return (
    <div className="stack">
      <PageHeader
        title={m.knowledge.title}
        sentence={sources.data ? m.knowledge.summary(read, all.length, sections) : ' '}
      />
      <SearchForm
        question={q}
        scope={scope}
        sources={all}
        onAsk={(question, chosen) =>
          void navigate({
            to: '/knowledge',
            search: { ...(question === '' ? {} : { q: question }), ...chosen },
          })
        }
      />
      {q !== '' &&
        (scope.source === undefined ? (
          <AnswerPanel question={q} scope={scope} />
        ) : (
          <p className={`${classes.lead} dim`}>{m.knowledge.oneSource(alone?.name ?? scope.source)}</p>
        ))}
      {q !== '' && <PassageList question={q} scope={scope} />}
      <SourcesPanel sources={sources} onForm={setForm} />
      <NotesPanel onForm={setForm} />
      {form !== null && (
        <Suspense>
          <OperationDialog op={form} given={{}} onClose={() => setForm(null)} />
        </Suspense>
      )}
    </div>
  );
}
