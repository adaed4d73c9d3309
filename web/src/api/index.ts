// What the rest of the console may use of the API layer.
export {
  type Acted,
  act,
  ask,
  auth,
  chat,
  openFeed,
  openStream,
  plans,
  query,
  runs,
  setCsrfToken,
  whenSignedOut,
} from './client';
export { ApiError, asApiError } from './problem';
export { createQueryClient, operationQuery } from './queries';
export type { StreamEvent } from './sse';
export { keepStream, type StreamState } from './stream';
export type * from './types';
