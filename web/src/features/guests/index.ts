// What other features may use of guests.
export { type GuestOperation, namesOf, offer, operations, selectorOf } from './operations';
