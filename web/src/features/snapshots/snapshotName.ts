// Names PVE accepts for snapshots, and a sensible default.

const ALLOWED = /^[A-Za-z][A-Za-z0-9_-]{1,39}$/;

export function isSnapshotName(name: string): boolean {
  return ALLOWED.test(name) && name !== 'current';
}

/** "before-20261124-1512" in the local time of the person: a name that sorts and tells. */
export function defaultSnapshotName(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  return `manual-${day}-${two(at.getHours())}${two(at.getMinutes())}`;
}
