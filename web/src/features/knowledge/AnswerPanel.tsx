// An answer in the words of the sources; each number leads to the place that says so.
import { m } from '@/app/messages';
import { EmptyState, ErrorState, Panel, SkeletonRows } from '@/ui';
import classes from './knowledge.module.css';
import { PlaceLink } from './PlaceLink';
import { useAnswer } from './queries';

export function AnswerPanel({ question }: { question: string }) {
  const answer = useAnswer(question);
  if (answer.isPending) return <SkeletonRows rows={3} />;
  if (answer.isError) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  const { answer: text, citations } = answer.data;
  const { release, other_releases, note } = answer.data.about;
  const about = [
    ...(release === null ? [] : [m.knowledge.forRelease(release)]),
    ...(other_releases.length === 0 ? [] : [m.knowledge.others(other_releases.join(', '))]),
  ].join('; ');
  return (
    <Panel title={m.knowledge.answer} aside={<span className="dim">{about}</span>}>
      {text === null ? (
        <EmptyState title={m.knowledge.noAnswer}>{note ?? m.knowledge.noAnswerHint}</EmptyState>
      ) : (
        <>
          <p className={classes.text}>{text}</p>
          <ol className={classes.places}>
            {citations.map((citation) => (
              <li key={citation.page + citation.section}>
                <PlaceLink place={citation} />
              </li>
            ))}
          </ol>
          {note !== null && <p className="dim">{note}</p>}
        </>
      )}
    </Panel>
  );
}
