// What people wrote down, newest first, with author and age; a citation of a note leads here.
import { useLocation } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { m } from '@/app/messages';
import { useRole } from '@/app/session';
import { usePropose } from '@/features/runs';
import { Age, EmptyState, ErrorState, Panel, ReasonButton, SkeletonRows, Sure } from '@/ui';
import { Preview } from '@/ui/citation';
import classes from './knowledge.module.css';
import { type Note, useNotes } from './queries';

const SHOWN = 20;

export function NotesPanel({ onForm }: { onForm: (op: string) => void }) {
  const notes = useNotes();
  const reason = useRole() === 'viewer' ? m.knowledge.viewer : null;
  const wanted = useLocation({ select: (location) => location.hash });
  const [whole, setWhole] = useState(false);
  const all = notes.data?.notes ?? [];
  const place = all.findIndex((note) => note.id === wanted);
  const shown = whole || place >= SHOWN ? all : all.slice(0, SHOWN);
  useEffect(() => {
    if (place < 0) return;
    const note = document.getElementById(wanted);
    note?.scrollIntoView({ block: 'center' });
    note?.focus({ preventScroll: true });
  }, [place, wanted]);
  return (
    <Panel
      title={m.knowledge.notes(all.length)}
      aside={
        <ReasonButton size="compact-xs" reason={reason} onClick={() => onForm('knowledge.note_add')}>
          {m.knowledge.note}
        </ReasonButton>
      }
    >
      {notes.isPending ? (
        <SkeletonRows rows={2} height={56} />
      ) : notes.isError ? (
        <ErrorState error={notes.error} onRetry={() => void notes.refetch()} />
      ) : all.length === 0 ? (
        <EmptyState title={m.knowledge.noNotes}>{m.knowledge.noNotesHint}</EmptyState>
      ) : (
        <>
          <ul className={classes.rows}>
            {shown.map((note) => (
              <NoteRow key={note.id} note={note} reason={reason} />
            ))}
          </ul>
          {shown.length < all.length && (
            <ReasonButton size="compact-xs" variant="default" onClick={() => setWhole(true)}>
              {m.knowledge.moreNotes(all.length - shown.length)}
            </ReasonButton>
          )}
        </>
      )}
    </Panel>
  );
}

function NoteRow({ note, reason }: { note: Note; reason: string | null }) {
  const propose = usePropose();
  return (
    <li id={note.id} className={classes.row} tabIndex={-1}>
      <div className={classes.line}>
        <strong className={classes.name}>{note.title}</strong>
        <span className={`${classes.details} dim`}>
          {m.knowledge.by(note.author)}, <Age at={note.at} />
        </span>
      </div>
      <div className={classes.rowVerbs}>
        <Sure
          label={m.knowledge.deleteNote}
          means={m.knowledge.deleteSure}
          keep={m.knowledge.deleteKeep}
          go={m.knowledge.deleteNow}
          reason={reason}
          onGo={() => propose({ op: 'knowledge.note_delete', input: { note: note.id } })}
        />
      </div>
      <div className={classes.body}>
        <Preview text={note.text} />
      </div>
    </li>
  );
}
