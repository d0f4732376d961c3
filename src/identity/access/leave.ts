import { type SQL, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { contextSettings, outsideContexts, signatureSetting } from './context-settings.ts';
import { sessionOf } from './session.ts';

/** The settings of the connection before a context. */
export interface SettingsBefore {
  /** The `search_path`. */
  readonly path: string;
  /** Those of the context around it, in the order of `contextSettings`. */
  readonly settings: readonly (string | null)[];
  /** `sessionSettings`, in their order, as the text of a JSON array. */
  readonly session: string;
}

/** Forgets what SQL of a callback prepared. */
export const forgetStatements: SQL = sql`identity.forget_statements()::pg_catalog.text`;

/**
 * Whether the statement is still there by which postgres-js ends transactions. It has a name there, as all of them. If SQL has dropped it,
 * PostgreSQL fails the transaction, postgres-js prepares it again, PostgreSQL rolls back, and postgres-js takes that for a commit.
 */
const isCommitKept = `EXISTS (
  SELECT FROM pg_catalog.pg_prepared_statements AS kept WHERE kept.statement OPERATOR(pg_catalog.=) 'commit' AND NOT kept.from_sql
)`;

/** A text that can stand in a statement as it is, whatever the settings for texts are. */
const isPlain = /^[ !"#$%&(-[\]-~]*$/;

/** Clears the backend of what a call has left there that never came to {@link leave}, for the call that has it now. */
export async function clearBackend(tx: PostgresDatabase, { session }: SettingsBefore): Promise<void> {
  await tx.execute(
    sql`SELECT identity.clear_connection()::pg_catalog.text, identity.restore_session(${session}::pg_catalog.text, false)::pg_catalog.text`,
  );
}

/**
 * Restores the settings, so that nothing stays on the connection, not even what the callback set for the whole session; and clears the
 * connection if the call is the outermost.
 *
 * @param nested Whether it is in a transaction that goes on.
 * @param isBegunHere Whether that one ends with the outermost call. What the caller of another one has set for the transaction has to end
 * with it.
 * @param commitAndChain Given if the driver ends the transaction by a named statement. If that one is gone, this commits, and what the driver
 * ends is the empty transaction that follows.
 */
export async function leave(
  tx: PostgresDatabase,
  { path, settings, session }: SettingsBefore,
  {
    nested,
    isOutermost,
    isBegunHere,
    commitAndChain,
  }: Readonly<Record<'nested' | 'isOutermost' | 'isBegunHere', boolean>> & {
    readonly commitAndChain: (() => Promise<void>) | undefined;
  },
): Promise<void> {
  const wasOutside = contextSettings.every((name, index) => (settings[index] ?? '') === outsideContexts[name]);
  if (!nested && wasOutside && isPlain.test(path) && isPlain.test(session)) {
    // A statement without parameters is the cheapest of all, and can be sent with another.
    const call = `identity.leave_context('${path}'::pg_catalog.text, '${session}'::pg_catalog.text)::pg_catalog.text`;
    const { client } = sessionOf(tx);
    if (client.beforeCommit) client.beforeCommit(`SELECT ${call}`);
    else await leaveBy(sql.raw(call));
    return;
  }
  // What is so outside of all contexts is set for the session: under a value for the transaction that of the callback would come back.
  const isLocal = nested && !wasOutside;
  const calls = [
    isOutermost
      ? sql`identity.clear_connection()::pg_catalog.text`
      : sql`identity.clear_between_contexts(${settings[contextSettings.indexOf(signatureSetting)] ?? ''}::pg_catalog.text)::pg_catalog.text`,
    sql`identity.restore_session(${session}::pg_catalog.text, ${!isBegunHere}::pg_catalog.bool)::pg_catalog.text`,
    ...contextSettings.map((name, index) => sql`pg_catalog.set_config(${name}, ${settings[index] ?? ''}, ${isLocal})`),
    sql`pg_catalog.set_config('search_path', ${path}, ${nested})`,
  ];
  await leaveBy(sql.join(calls, sql`, `));

  async function leaveBy(columns: SQL): Promise<void> {
    const statement = commitAndChain
      ? sql`SELECT ${sql.raw(isCommitKept)} AS kept, ${columns}`
      : sql`SELECT ${columns}`;
    const [row] = await tx.execute<{ kept?: boolean }>(statement, 'objects');
    if (row?.kept === false) await commitAndChain?.();
  }
}
