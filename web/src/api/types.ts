// The one place API types come from. Everything else imports from here, never from a generated file.
//
// Sizes are bytes, cpu is a fraction 0..1, times are RFC 3339 UTC, and `null` means "not known" (never zero).

export type Timestamp = string;
export type Role = 'viewer' | 'operator' | 'admin';
export type GuestKind = 'qemu' | 'lxc';
export type Risk = 'read' | 'reversible' | 'disruptive' | 'destructive';
export type PlanState = 'proposed' | 'approved' | 'rejected' | 'expired';
export type RunState =
  | 'queued'
  | 'running'
  | 'verifying'
  | 'succeeded'
  | 'partial'
  | 'failed'
  | 'refused'
  | 'cancelled'
  | 'interrupted';
export type StepState = 'pending' | 'running' | 'done' | 'failed' | 'not_executed' | 'unknown';

export interface Session {
  user: string;
  role: Role;
  csrf_token: string;
}

export interface AsOf {
  cluster: string;
  at: Timestamp | null;
  age_s: number | null;
  state: 'fresh' | 'stale' | 'unreachable';
  error: string | null;
}

export interface GuestRow {
  cluster: string;
  node: string | null;
  vmid: number;
  name: string | null;
  kind: GuestKind;
  status: string;
  template: boolean;
  tags: string[];
  pool: string | null;
  lock: string | null;
  ha_state: string | null;
  cpu: number | null;
  cores: number | null;
  memory_used_bytes: number | null;
  memory_bytes: number | null;
  disk_bytes: number | null;
  uptime_s: number | null;
}

export interface NodeRow {
  cluster: string;
  node: string;
  status: 'online' | 'offline' | 'unknown';
  cpu: number | null;
  cores: number | null;
  memory_used_bytes: number | null;
  memory_bytes: number | null;
  disk_used_bytes: number | null;
  disk_bytes: number | null;
  uptime_s: number | null;
  guests: number | null;
  guests_running: number | null;
}

export interface StorageRow {
  cluster: string;
  storage: string;
  nodes: string[];
  type: string | null;
  content: string[];
  shared: boolean;
  status: 'available' | 'unknown';
  used_bytes: number | null;
  total_bytes: number | null;
}

export interface ClusterRow {
  id: string;
  url: string;
  pve_version: string | null;
  state: 'online' | 'degraded' | 'unreachable';
  error: string | null;
  at: Timestamp | null;
  age_s: number | null;
  quorate: boolean | null;
  nodes_online: number | null;
  nodes: number | null;
  guests_running: number | null;
  guests: number | null;
  fingerprint: string | null;
  requests: {
    count: number;
    failed: number;
    bytes_received: number;
    per_second_limit: number | null;
  } | null;
}

export interface SnapshotRow {
  cluster: string;
  node: string | null;
  vmid: number;
  guest: string | null;
  name: string;
  description: string | null;
  created_at: Timestamp | null;
  parent: string | null;
  memory: boolean;
}

export interface GuestDetail {
  guest: GuestRow;
  config: Record<string, unknown>;
  digest: string | null;
  description: string | null;
  snapshots: SnapshotRow[];
  as_of: AsOf[];
}

export interface PreflightSignal {
  signal: string;
  level: 'info' | 'warning' | 'blocking';
  text: string;
  target?: string | null;
}

export interface PlanChange {
  field: string;
  before: unknown;
  after: unknown;
}

export interface PlanStep {
  id: string;
  op: string;
  title: string;
  target: string;
  depends_on: string[];
  change: PlanChange[];
  interruption_s: number | null;
  undo: boolean;
  risk: Risk;
}

export interface Plan {
  id: string;
  op: string;
  digest: string;
  risk: Risk;
  scope: string;
  summary: string;
  state: PlanState;
  created_by: string;
  created_at: Timestamp;
  expires_at: Timestamp;
  run_id: string | null;
  confirm: { prompt: string; text: string } | null;
  preflight: PreflightSignal[];
  irreversible: string[];
  steps: PlanStep[];
}

export interface RunStep {
  id: string;
  title: string;
  op: string;
  target: string;
  state: StepState;
  upid?: string | null;
  percent?: number | null;
  error?: string | null;
  verify?: { ok: boolean; text: string } | null;
}

export interface Run {
  id: string;
  plan_id: string;
  op: string;
  summary: string;
  state: RunState;
  created_by: string;
  approved_by: string | null;
  steps: RunStep[];
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
}

/** One row of `runs.list`: counts instead of the steps themselves. */
export interface RunRow {
  id: string;
  plan_id: string;
  op: string;
  summary: string;
  state: RunState;
  created_by: string;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  steps_done: number;
  steps: number;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string | null;
  hint: string | null;
  retry: 'safe' | 'unsafe' | 'never';
  candidates?: unknown[];
  difference?: unknown[];
}

export interface ChatThread {
  id: string;
  title: string;
  created_at: Timestamp;
  updated_at?: Timestamp;
}

export interface InventoryChange {
  at: Timestamp;
  cluster: string;
  version: number;
  guests: number;
  guests_running: number;
  nodes_online: number;
  changed: GuestRow[];
}

export interface BusEvent {
  type: string;
  summary?: string | null;
  state?: string | null;
  plan_id?: string | null;
  run_id?: string | null;
  cluster?: string | null;
}

/** Input and answer of each query. */
export interface Queries {
  'inventory.list': {
    input: { guests?: string[]; kind?: GuestKind; status?: string; limit?: number };
    output: { guests: GuestRow[]; total: number; as_of: AsOf[] };
  };
  'clusters.list': { input: Record<string, never>; output: { clusters: ClusterRow[] } };
  'nodes.list': { input: { cluster?: string }; output: { nodes: NodeRow[]; as_of: AsOf[] } };
  'storages.list': {
    input: { cluster?: string; node?: string };
    output: { storages: StorageRow[]; as_of: AsOf[] };
  };
  'guests.show': { input: { guest: string }; output: GuestDetail };
  'snapshots.list': { input: { guests?: string[] }; output: { snapshots: SnapshotRow[]; as_of: AsOf[] } };
  'runs.list': { input: { limit?: number }; output: { runs: RunRow[] } };
  'plans.list': { input: { state?: PlanState; limit?: number }; output: { plans: Plan[] } };
}

/** Input of each action; the answer is always a Plan. */
export interface Actions {
  'guests.start': { guests: string[] };
  'guests.stop': { guests: string[] };
  'guests.shutdown': { guests: string[]; timeout_s?: number };
  'guests.reboot': { guests: string[]; timeout_s?: number };
  'snapshots.create': { guests: string[]; name: string; description?: string; memory?: boolean };
  'snapshots.delete': { guests: string[]; name: string };
}

/** Item type of each feed. */
export interface Feeds {
  'inventory.watch': InventoryChange;
  'events.watch': BusEvent;
}

export type QueryName = keyof Queries;
export type ActionName = keyof Actions;
export type FeedName = keyof Feeds;
