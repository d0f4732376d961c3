/** A word as a POSIX shell reads it: in quotes if it has anything that a shell takes for more than itself. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
