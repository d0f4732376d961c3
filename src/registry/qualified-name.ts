/** The two parts of a name such as `public.bookings`. */
export interface QualifiedName {
  /** The PostgreSQL schema. */
  readonly schema: string;
  readonly name: string;
}

/** The PostgreSQL schema and the name of a table or view, given as `public.bookings`. */
export function parseQualifiedName(qualified: string): QualifiedName {
  const dot = qualified.indexOf('.');
  return { schema: qualified.slice(0, Math.max(dot, 0)), name: qualified.slice(dot + 1) };
}

/** The name of a table or view without its PostgreSQL schema: `bookings` of `public.bookings`. */
export function unqualifiedName(qualified: string): string {
  return parseQualifiedName(qualified).name;
}
