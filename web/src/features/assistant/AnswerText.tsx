// An answer of the assistant: quotes as quotes, a model's own words as markdown, and below what they rest on.
import { useId, useMemo } from 'react';
import { CitationList, QuotedAnswer, readAnswer } from '@/ui/citation';
import type { Message } from './chatState';
import { Markdown } from './Markdown';

export function AnswerText({ message }: { message: Message }) {
  const id = useId();
  const { text: said, citations } = message;
  const { parts, text, rest } = useMemo(() => readAnswer(said, citations), [said, citations]);
  return (
    <>
      {parts === null ? (
        <Markdown text={text} citations={citations} answer={id} />
      ) : (
        <QuotedAnswer answer={id} parts={parts} citations={citations} />
      )}
      {citations.length > 0 && <CitationList answer={id} citations={citations} shown={parts !== null} />}
      {rest !== '' && <Markdown text={rest} />}
    </>
  );
}
