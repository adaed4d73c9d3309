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

export interface Proposal {
  request: Request;
  /** Names of the targets by `cluster/node/id` and `cluster/id`, for buttons and steps. */
  names: Record<string, string>;
}

const Context = createContext<(proposal: Proposal) => void>(() => {});

export function PlanFlowProvider({ children }: { children: ReactNode }) {
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const [round, setRound] = useState(0);
  const start = useCallback((next: Proposal) => {
    setProposal(next);
    setRound((old) => old + 1);
  }, []);
  const close = useCallback(() => setProposal(null), []);
  const dialog = useMemo(
    () =>
      proposal && (
        <PlanDialog key={round} proposal={proposal} onClose={close} onAgain={() => start(proposal)} />
      ),
    [proposal, round, close, start],
  );
  return (
    <Context.Provider value={start}>
      {children}
      <Suspense>{dialog}</Suspense>
    </Context.Provider>
  );
}

/** Proposes an action and opens its plan. */
export function usePropose(): (proposal: Proposal) => void {
  return useContext(Context);
}
