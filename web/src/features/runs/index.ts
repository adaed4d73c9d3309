// What other features may use of plans and runs.
export { PlanFlowProvider, usePropose } from './PlanFlow';
export { RiskBadge } from './Preflight';
export { isPlanState } from './planStates';
export type { Request } from './planWords';
export { useBusFeed } from './queries';
export { RecentRuns } from './RecentRuns';
export { RunTray } from './RunTray';
export { WaitingCount } from './WaitingCount';
export { WaitingPlans } from './WaitingPlans';
