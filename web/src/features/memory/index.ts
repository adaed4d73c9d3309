// What other features may use of the memory.
export { FactsOfGuest, FactsOfPlan } from './KeptFacts';
