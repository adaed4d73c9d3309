// What other features may use of guests.
export { type GuestOperation, offer, operations, selectorOf } from './operations';
