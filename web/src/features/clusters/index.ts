// What other features may use of the clusters.
export { useClusters } from './queries';
