// The plan card for other features, apart from index.ts: it is loaded only where a plan is shown.
export { PlanCard } from './PlanCard';
export { RunView } from './RunView';
