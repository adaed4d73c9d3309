// Names of volumes.

/** `iso/debian.iso` of `local:iso/debian.iso`. */
export function nameOf(volume: string): string {
  const at = volume.indexOf(':');
  return at < 0 ? volume : volume.slice(at + 1);
}

/** What the operations call it: two nodes can have a volume of one name. */
export function volumeReference(volume: { cluster: string; node: string; volume: string }): string {
  return `${volume.cluster}/${volume.node}/${volume.volume}`;
}
