//! How many event streams an actor may hold open, and how they end: with the server or with the session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio_util::sync::CancellationToken;

/// A browser with several tabs needs a handful; more is a client that forgot to close.
const STREAMS_PER_ACTOR: usize = 32;

#[derive(Default)]
struct Book {
    open: HashMap<String, usize>,
    /// Key of a session -> token that its streams end with, and how many hold it.
    sessions: HashMap<String, (CancellationToken, usize)>,
}

/// All open streams of this process.
pub(crate) struct Streams {
    book: Arc<Mutex<Book>>,
    stopping: CancellationToken,
}

/// The right to one open stream; given back when dropped.
pub(crate) struct Slot {
    book: Arc<Mutex<Book>>,
    actor: String,
    session: Option<String>,
    /// Cancelled when the stream has to end.
    pub(crate) end: CancellationToken,
}

impl Streams {
    pub(crate) fn new(stopping: CancellationToken) -> Self {
        Self {
            book: Arc::default(),
            stopping,
        }
    }

    /// A slot for `actor`, or nothing when they hold too many. `session` ends it early by [`Self::end_session`].
    pub(crate) fn open(&self, actor: &str, session: Option<&str>) -> Option<Slot> {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let open = book.open.entry(actor.to_owned()).or_default();
        if *open >= STREAMS_PER_ACTOR {
            return None;
        }
        *open += 1;
        let end = match session {
            Some(session) => {
                let (token, holders) = book
                    .sessions
                    .entry(session.to_owned())
                    .or_insert_with(|| (self.stopping.child_token(), 0));
                *holders += 1;
                token.child_token()
            }
            None => self.stopping.child_token(),
        };
        Some(Slot {
            book: Arc::clone(&self.book),
            actor: actor.to_owned(),
            session: session.map(str::to_owned),
            end,
        })
    }

    /// The session is gone: so are its streams.
    pub(crate) fn end_session(&self, session: &str) {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, _)) = book.sessions.get(session) {
            token.cancel();
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.book
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open
            .values()
            .sum()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = book.open.get_mut(&self.actor) {
            *open -= 1;
            if *open == 0 {
                book.open.remove(&self.actor);
            }
        }
        if let Some(session) = &self.session
            && let Some((_, holders)) = book.sessions.get_mut(session)
        {
            *holders -= 1;
            if *holders == 0 {
                book.sessions.remove(session);
            }
        }
        drop(book);
        self.end.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_may_hold_so_many_streams_and_gets_a_place_back_when_one_ends() {
        let streams = Streams::new(CancellationToken::new());
        let mut held: Vec<Slot> = (0..STREAMS_PER_ACTOR)
            .map(|_| streams.open("ann", None).unwrap())
            .collect();
        assert!(streams.open("ann", None).is_none());
        assert!(streams.open("bob", None).is_some());
        held.pop();
        assert!(streams.open("ann", None).is_some());
        assert_eq!(streams.count(), STREAMS_PER_ACTOR - 1);
        drop(held);
        assert_eq!(streams.count(), 0);
    }

    #[test]
    fn signing_out_ends_the_streams_of_that_session_alone() {
        let streams = Streams::new(CancellationToken::new());
        let mine = streams.open("ann", Some("s1")).unwrap();
        let other = streams.open("ann", Some("s2")).unwrap();
        streams.end_session("s1");
        assert_eq!(
            (mine.end.is_cancelled(), other.end.is_cancelled()),
            (true, false)
        );
    }

    #[test]
    fn stopping_the_server_ends_all_streams() {
        let stopping = CancellationToken::new();
        let streams = Streams::new(stopping.clone());
        let slot = streams.open("ann", Some("s1")).unwrap();
        stopping.cancel();
        assert!(slot.end.is_cancelled());
    }
}
