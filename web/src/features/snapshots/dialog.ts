// The snapshot form for other features, apart from index.ts: it is loaded when it is opened.
export { SnapshotDialog } from './SnapshotDialog';
