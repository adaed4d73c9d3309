// An answer in the words of the sources; each number leads to the place that says so.
import { useId } from 'react';
import { m } from '@/app/messages';
import { EmptyState, ErrorState, Panel, SkeletonRows } from '@/ui';
import { CitationList, QuotedAnswer, QuotedText, readAnswer } from '@/ui/citation';
import { useAnswer } from './queries';
import type { Scope } from './scope';

export function AnswerPanel({ question, scope = {} }: { question: string; scope?: Scope }) {
  const id = useId();
  const answer = useAnswer(question, scope);
  if (answer.isPending) return <SkeletonRows rows={3} />;
  if (answer.isError) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  const { answer: text, citations } = answer.data;
  const { release, other_releases, note } = answer.data.about;
  const about = [
    ...(release === null ? [] : [m.knowledge.forRelease(release)]),
    ...(other_releases.length === 0 ? [] : [m.knowledge.others(other_releases.join(', '))]),
  ].join('; ');
  const parts = text === null ? null : readAnswer(text, citations).parts;
  return (
    <Panel title={m.knowledge.answer} aside={<span className="dim">{about}</span>}>
      {text === null ? (
        <EmptyState title={m.knowledge.noAnswer}>{note ?? m.knowledge.noAnswerHint}</EmptyState>
      ) : (
        <>
          {parts === null ? (
            <QuotedText text={text} />
          ) : (
            <QuotedAnswer answer={id} parts={parts} citations={citations} />
          )}
          <CitationList answer={id} citations={citations} shown={parts !== null} />
          {note !== null && <p className="dim">{note}</p>}
        </>
      )}
    </Panel>
  );
}
