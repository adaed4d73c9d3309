// A user as typed: "admin" or "admin@demo". The realm is what follows the last @.

export function splitUser(typed: string): { username: string; realm?: string } {
  const name = typed.trim();
  const at = name.lastIndexOf('@');
  if (at <= 0 || at === name.length - 1) return { username: name };
  return { username: name.slice(0, at), realm: name.slice(at + 1) };
}
