// What other features may use of the policy.
export { FreezeNote } from './FreezeNote';
