// What other features may use of the operations.
export { useOperations } from './queries';
export { ValueView } from './ValueView';
