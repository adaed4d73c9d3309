// The dialog for other features, apart from index.ts: it is loaded only where somebody opens it.
export { OperationDialog } from './OperationDialog';
