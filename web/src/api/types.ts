// The one place API types come from: names for what `npm run gen` reads from the server's OpenAPI document.
// Everything else imports from here, never from the generated file.
//
// Sizes are bytes, cpu is a fraction 0..1, times are RFC 3339 UTC, and `null` means "not known" (never zero).
import type { components, paths } from './schema';

/**
 * Answers as they are: the server writes every field, and a field that the schema calls optional holds `null` when
 * there is nothing to say. So nothing is ever undefined, and `=== null` is the question to ask.
 */
type Whole<T> = T extends readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Key in keyof T]-?: Whole<T[Key]> }
    : T;
type Schema<Name extends keyof components['schemas']> = Whole<components['schemas'][Name]>;

type PathOf<Name extends string> = Name extends `${infer Noun}.${infer Verb}`
  ? `/api/v1/${Noun}/${Verb}`
  : never;
type Post<Path> = Path extends keyof paths
  ? paths[Path] extends { post: infer Operation }
    ? Operation
    : never
  : never;
type Get<Path> = Path extends keyof paths
  ? paths[Path] extends { get: infer Operation }
    ? Operation
    : never
  : never;
type Body<Operation> = Operation extends { requestBody: { content: { 'application/json': infer Input } } }
  ? Input
  : never;
type Answer<Operation, Status extends number, Type extends string = 'application/json'> = Operation extends {
  responses: { [S in Status]: { content: { [T in Type]: infer Output } } };
}
  ? Whole<Output>
  : never;

export type AsOf = Schema<'AsOf'>;
export type ClusterRow = Schema<'ClusterRow'>;
export type GuestKind = Schema<'GuestKind'>;
export type GuestRow = Schema<'GuestRow'>;
export type NodeRow = Schema<'NodeRow'>;
export type Plan = Schema<'Plan'>;
export type PlanStep = Schema<'PlanStep'>;
export type PlanState = Schema<'PlanState'>;
export type PreflightSignal = Schema<'Signal'>;
export type LeftOutTarget = Schema<'LeftOut'>;
export type Rehearsal = Schema<'Rehearsal'>;
export type Risk = Schema<'Risk'>;
export type Run = Schema<'Run'>;
export type RunRow = Schema<'RunRow'>;
export type RunState = Schema<'RunState'>;
export type RunStep = Schema<'RunStep'>;
export type SnapshotRow = Schema<'SnapshotRow'>;
export type Surface = Schema<'Surface'>;
export type StepState = Schema<'StepState'>;
export type StorageRow = Schema<'StorageRow'>;

export type Session = Answer<Get<'/api/v1/auth/session'>, 200>;
export type Role = Session['role'];
export type ChatThread = Answer<Post<'/api/v1/chat/threads'>, 201>;

/** What is left out of a problem document says nothing: only these fields are always there. */
export type Problem = Pick<Schema<'Problem'>, 'title' | 'status' | 'code' | 'retry'> &
  Partial<Pick<Schema<'Problem'>, 'detail' | 'hint' | 'candidates' | 'difference'>>;

export type QueryName =
  | 'clusters.list'
  | 'guests.show'
  | 'incident.show'
  | 'memory.export'
  | 'memory.list'
  | 'memory.propose_rules'
  | 'memory.recall'
  | 'inventory.list'
  | 'knowledge.ask'
  | 'knowledge.notes'
  | 'knowledge.search'
  | 'knowledge.sources'
  | 'nodes.list'
  | 'nodes.services'
  | 'nodes.show'
  | 'nodes.updates'
  | 'operations.list'
  | 'operations.show'
  | 'plans.list'
  | 'policy.show'
  | 'runbooks.export'
  | 'runbooks.list'
  | 'runbooks.show'
  | 'runs.list'
  | 'runs.receipt'
  | 'schedules.list'
  | 'schedules.show'
  | 'snapshots.list'
  | 'storages.content'
  | 'storages.list'
  | 'storages.orphans'
  | 'storages.show';
export type ActionName =
  | 'guests.reboot'
  | 'guests.shutdown'
  | 'guests.start'
  | 'guests.stop'
  | 'nodes.evacuate'
  | 'nodes.reboot'
  | 'nodes.refresh_updates'
  | 'nodes.shutdown'
  | 'nodes.wake'
  | 'runs.undo'
  | 'snapshots.create'
  | 'snapshots.delete'
  | 'storages.clean_up';
export type FeedName = 'events.watch' | 'inventory.watch';

/** Input and answer of each query. */
export type Queries = {
  [Name in QueryName]: { input: Body<Post<PathOf<Name>>>; output: Answer<Post<PathOf<Name>>, 200> };
};
/** Input of each action; the answer is always a Plan. */
export type Actions = { [Name in ActionName]: Body<Post<PathOf<Name>>> };
/** Item type of each feed. */
export type Feeds = { [Name in FeedName]: Answer<Post<PathOf<Name>>, 200, 'text/event-stream'> };

export type OperationRow = Queries['operations.list']['output']['operations'][number];
export type GuestDetail = Queries['guests.show']['output'];
export type InventoryChange = Feeds['inventory.watch'];
export type BusEvent = Feeds['events.watch'];
