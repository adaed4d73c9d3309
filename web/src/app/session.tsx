// Who is signed in: asked once at start, kept here, ended here. The rest of the console only reads it.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { ApiError, auth, type Role, type Session, setCsrfToken, whenSignedOut } from '@/api';

export type SessionState =
  | { kind: 'asking' }
  | { kind: 'out' }
  | { kind: 'unreachable'; error: ApiError }
  | { kind: 'in'; session: Session };

interface SessionApi {
  state: SessionState;
  signedIn: (session: Session) => void;
  signOut: () => Promise<void>;
  ask: () => void;
}

const Context = createContext<SessionApi | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<SessionState>({ kind: 'asking' });

  const signedIn = useCallback((session: Session) => {
    setCsrfToken(session.csrf_token ?? '');
    setState({ kind: 'in', session });
  }, []);

  const ask = useCallback(() => {
    auth.session().then(signedIn, (error: unknown) => {
      if (error instanceof ApiError && error.status !== 401) setState({ kind: 'unreachable', error });
      else setState({ kind: 'out' });
    });
  }, [signedIn]);

  const signOut = useCallback(async () => {
    try {
      await auth.logout();
    } finally {
      // A full load drops every cached answer of the person who leaves.
      window.location.assign('/');
    }
  }, []);

  useEffect(() => {
    whenSignedOut(() => setState({ kind: 'out' }));
    ask();
  }, [ask]);

  const api = useMemo(() => ({ state, signedIn, signOut, ask }), [state, signedIn, signOut, ask]);
  return <Context.Provider value={api}>{children}</Context.Provider>;
}

export function useSession(): SessionApi {
  const api = useContext(Context);
  if (!api) throw new Error('useSession outside of SessionProvider');
  return api;
}

/** Role of the person who is signed in; a viewer until known, so that nothing is offered too early. */
export function useRole(): Role {
  const { state } = useSession();
  return state.kind === 'in' ? state.session.role : 'viewer';
}
