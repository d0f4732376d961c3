/** How long an old name answers, as in `removed in 2.0.0`. */
export function removalText(removedIn: string | null | undefined): string {
  return removedIn ? `removed in ${removedIn}` : 'kept';
}
