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
import type { Acted } from '@/api';
import type { Request } from './planWords';

const PlanDialog = lazy(() => import('./PlanDialog').then((module) => ({ default: module.PlanDialog })));

/** With an answer that is there already, nothing is asked again. */
type Propose = (request: Request, answered?: Acted) => void;

const Context = createContext<Propose>(() => {});

export function PlanFlowProvider({ children }: { children: ReactNode }) {
  const [wish, setWish] = useState<{ request: Request; answered: Acted | undefined } | null>(null);
  const [round, setRound] = useState(0);
  const start = useCallback<Propose>((request, answered) => {
    setWish({ request, answered });
    setRound((old) => old + 1);
  }, []);
  const close = useCallback(() => setWish(null), []);
  const dialog = useMemo(
    () =>
      wish && (
        <PlanDialog
          key={round}
          request={wish.request}
          answered={wish.answered}
          onClose={close}
          onAgain={() => start(wish.request)}
        />
      ),
    [wish, round, close, start],
  );
  return (
    <Context.Provider value={start}>
      {children}
      <Suspense>{dialog}</Suspense>
    </Context.Provider>
  );
}

/** Proposes an action and opens its plan. */
export function usePropose(): Propose {
  return useContext(Context);
}
