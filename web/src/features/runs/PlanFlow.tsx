// From "do this" to the plan: any page proposes through here, and one dialog shows what comes back.
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useMemo,
  useState,
} from 'react';
import type { Request } from './planWords';

const PlanDialog = lazy(() => import('./PlanDialog').then((module) => ({ default: module.PlanDialog })));

const Context = createContext<(request: Request) => void>(() => {});

export function PlanFlowProvider({ children }: { children: ReactNode }) {
  const [request, setRequest] = useState<Request | null>(null);
  const [round, setRound] = useState(0);
  const start = useCallback((next: Request) => {
    setRequest(next);
    setRound((old) => old + 1);
  }, []);
  const close = useCallback(() => setRequest(null), []);
  const dialog = useMemo(
    () =>
      request && <PlanDialog key={round} request={request} onClose={close} onAgain={() => start(request)} />,
    [request, round, close, start],
  );
  return (
    <Context.Provider value={start}>
      {children}
      <Suspense>{dialog}</Suspense>
    </Context.Provider>
  );
}

/** Proposes an action and opens its plan. */
export function usePropose(): (request: Request) => void {
  return useContext(Context);
}
