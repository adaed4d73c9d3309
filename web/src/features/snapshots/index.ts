// What other features may use of snapshots.
export { SnapshotsPanel } from './SnapshotsPanel';
