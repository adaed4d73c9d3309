// How a property of a schema is named to people: words for its name, the unit in the label, and help that adds something.

/** Words that are not written like words. */
const SPELT: Record<string, string> = {
  cpu: 'CPU',
  gib: 'GiB',
  ha: 'HA',
  id: 'id',
  ip: 'IP',
  iso: 'ISO',
  json: 'JSON',
  kib: 'KiB',
  mib: 'MiB',
  op: 'operation',
  pve: 'PVE',
  ssh: 'SSH',
  upid: 'UPID',
  url: 'URL',
  vlan: 'VLAN',
  vmid: 'VMID',
};

const UNITS: Record<string, string> = {
  bytes: 'bytes',
  days: 'days',
  gib: 'GiB',
  hours: 'hours',
  kib: 'KiB',
  mib: 'MiB',
  minutes: 'minutes',
  ms: 'ms',
  percent: '%',
  s: 'seconds',
  seconds: 'seconds',
};

const wordsOf = (name: string) => name.split(/[_\-\s]+/).filter(Boolean);

/** `disk_gib` ends in its unit; a name that is nothing but a unit is a name. */
function suffixOf(name: string): string | null {
  const words = wordsOf(name);
  const last = words[words.length - 1];
  return words.length > 1 && last !== undefined && UNITS[last] !== undefined ? last : null;
}

/** `target_storage` reads "Target storage"; the unit of `disk_gib` is said beside it. */
export function labelOf(name: string): string {
  const words = wordsOf(name);
  if (suffixOf(name) !== null) words.pop();
  const text = words.map((word) => SPELT[word.toLowerCase()] ?? word).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The unit of a number: from its name, or where its help ends with it ("Memory in MiB."). */
export function unitOf(name: string, help: string | null): string | null {
  const suffix = suffixOf(name);
  if (suffix !== null) return UNITS[suffix] ?? null;
  const said = help
    ? /\bin (KiB|MiB|GiB|TiB|bytes|seconds|minutes|hours|days|percent)\b/.exec(help)?.[1]
    : null;
  return said === 'percent' ? '%' : (said ?? null);
}

const plain = (text: string) =>
  text
    .toLowerCase()
    .replace(/^(its|their|the|an?|which) /, '')
    .replace(/[.\s]+/g, '');

/** The help, unless it only says the label again. */
export function describe(help: string | null, label: string, unit: string | null): string | null {
  if (help === null) return null;
  const said = plain(help);
  const name = plain(label);
  const twice =
    said === name || said === `${name}s` || (unit !== null && said === `${name}in${unit.toLowerCase()}`);
  return twice ? null : help;
}

const FIRST = [
  'guest guests schedule fact policy plan run volumes disk path name cluster node nodes kind id',
  'service do place text question title url file file_name source',
  'op input runbook parameters enabled calendar time_zone windows jitter_s missed',
  'target target_node target_storage template image iso volume snapshot storage content format size',
  'cores sockets cpu add_cores memory add_memory swap disk_gib',
  'bridge vlan ip gateway nameserver user password ssh_key pool tag add remove',
].flatMap((line) => line.split(' '));
const LAST = 'reason until note description comment after state limit timeout_s on_failure'.split(' ');
const MIDDLE = FIRST.length;

/** Where a property stands in a form: what names the thing first, what is seldom touched last. */
export function rankOf(name: string): number {
  const first = FIRST.indexOf(name);
  if (first >= 0) return first;
  return MIDDLE + 1 + LAST.indexOf(name);
}
