/** A label that a statement adds to an enum. */
export interface AddedLabel {
  readonly statement: string;
  /** The enum as the statement writes it, as in `"identity"."station_role"`. */
  readonly type: string;
  /** The label as an SQL literal. */
  readonly label: string;
}

const addition = /^ALTER TYPE ((?:"(?:[^"]|"")+"\.)?"(?:[^"]|"")+") ADD VALUE ('(?:[^']|'')*')/;

/**
 * The labels that a change adds to enums, if another of its statements mentions one of them: PostgreSQL refuses to use a label in the
 * transaction that adds it (55P04), as a default or in a check, an index, a policy. So an earlier migration has to add them.
 */
export function labelsUsedAtOnce(statements: readonly string[]): AddedLabel[] {
  const added = statements.flatMap((statement): AddedLabel[] => {
    const [, type, label] = addition.exec(statement) ?? [];
    return type && label ? [{ statement, type, label }] : [];
  });
  const others = statements.filter((statement) => !added.some((label) => label.statement === statement));
  return added.some(({ label }) => others.some((statement) => statement.includes(label))) ? added : [];
}

/**
 * A statement for the head of the migration that uses a label. It says what to do if the label is not committed yet, as in one
 * run of `drizzle-kit migrate`, which commits all its migrations at once.
 */
export function commitGuard({ type, label }: AddedLabel): string {
  return `DO $$
BEGIN
  PERFORM ${label}::${type};
EXCEPTION WHEN unsafe_new_enum_value_usage THEN
  RAISE EXCEPTION USING ERRCODE = 'unsafe_new_enum_value_usage',
    MESSAGE = format('label %L of enum %s is not committed yet', ${label}, '${type.replaceAll("'", "''")}'),
    HINT = 'The migration before this one adds it. canonical-models migrate commits each migration by itself; drizzle-kit migrate commits all of a run at once.';
END $$;`;
}
