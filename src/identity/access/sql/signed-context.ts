import { type ContextSetting, contextSettings, sessionSettings } from '../context-settings.ts';

/** A setting of the context, as SQL. NULL or empty if there is none. */
export const setting = (name: ContextSetting): string => `current_setting('canonical_models.${name}', true)`;

/**
 * The keys of this database, beside the record of migrations. Nobody but the owner reads them: the schema is closed, and so is the table,
 * for roles that are granted every schema. A key is made here and never leaves the database.
 *
 * The key of a transaction is the one that was valid when it began, so that a new key ends no context: the transactions that are
 * running keep theirs, and no transaction that begins later takes it.
 *
 * HMAC works with the key XOR 0x36 and XOR 0x5c, each filled up to 64 bytes; the two are stored.
 */
export const createContextKey: readonly string[] = [
  // Not IF NOT EXISTS: that asks for the right to create schemas, even if this one exists.
  `DO $$ BEGIN
  IF to_regnamespace('drizzle') IS NULL THEN
    CREATE SCHEMA drizzle;
  END IF;
END $$;`,
  `CREATE TABLE IF NOT EXISTS drizzle.canonical_models_context_key (
  valid_from timestamptz PRIMARY KEY,
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);`,
  'REVOKE ALL ON drizzle.canonical_models_context_key FROM PUBLIC;',
  // Without a policy: rows for the owner alone.
  'ALTER TABLE drizzle.canonical_models_context_key ENABLE ROW LEVEL SECURITY;',
  `INSERT INTO drizzle.canonical_models_context_key (valid_from, inner_pad, outer_pad)
SELECT '-infinity', ${newPads()} ON CONFLICT (valid_from) DO NOTHING;`,
  // Its caller has to be the owner or a superuser. A minute is for the commit to be everywhere before the key is valid, on standbys, too:
  // otherwise a transaction could begin with one key and go on with the other.
  `CREATE OR REPLACE FUNCTION identity.replace_context_key() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  INSERT INTO drizzle.canonical_models_context_key (valid_from, inner_pad, outer_pad)
  SELECT clock_timestamp() + interval '1 minute', ${newPads()} RETURNING valid_from;
END;`,
  'REVOKE ALL ON FUNCTION identity.replace_context_key() FROM PUBLIC;',
];

/** The two pads of a new key, as the end of a SELECT. */
function newPads(): string {
  return `${pad(0x36)}, ${pad(0x5c)}
FROM (
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex') AS bytes OFFSET 0
) AS key`;
}

function pad(byte: number): string {
  return `(SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # ${byte}), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place)`;
}

/** Declares what {@link readKey} reads. */
export const keyVariable = 'context_key record;';

/**
 * A statement of PL/pgSQL that reads the key of the transaction, and with it what an entry decides by, as each query costs more to begin than to
 * run. What follows uses both as a variable.
 *
 * @param columns What is read beside the key, as SQL that begins with a comma.
 * @param joins Where it is found.
 */
export const readKeyAnd = (columns: string, joins: string): string =>
  `SELECT key.inner_pad, key.outer_pad${columns} INTO STRICT context_key FROM (
    SELECT valid.inner_pad, valid.outer_pad FROM drizzle.canonical_models_context_key AS valid
    WHERE valid.valid_from <= transaction_timestamp() ORDER BY valid.valid_from DESC LIMIT 1
  ) AS key${joins};`;

/** A statement of PL/pgSQL that reads the key of the transaction. */
export const readKey = readKeyAnd('', '');

/** Whether the transaction may only read, as every one on a standby, as SQL. */
export const isReadOnly = `current_setting('transaction_read_only')::boolean`;

/** The HMAC of a JSON array as hexadecimal, as SQL. The first element says what it is for. */
function hmac(...elements: readonly string[]): string {
  const message = `convert_to(json_build_array(${elements.join(', ')})::text, 'UTF8')`;
  return `encode(sha256(context_key.outer_pad || sha256(context_key.inner_pad || ${message})), 'hex')`;
}

/** What tells one transaction of a server from all others, but for those of one message. A transaction id would do, too, but a standby has none. */
const transaction = ['pg_backend_pid()', 'extract(epoch FROM transaction_timestamp())'];

/** The signature of a context in this transaction, as SQL. */
const signatureOf = (user: string, station: string, token: string): string =>
  hmac("'context'", ...transaction, user, station, token);

/** Whether each statement sees what was committed before it, as SQL. Otherwise it would go on seeing an assignment that has ended. */
const seesWhatEnds = `current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')`;

/**
 * Whether the settings are those of a context that was entered in this transaction, as SQL after {@link readKey}. Never NULL. Transactions of one
 * message begin at the same time, so the isolation level is asked here, too.
 */
export const isSigned = `coalesce(${setting('signature')} = ${signatureOf(setting('user_id'), setting('station_id'), setting('token_id'))} AND ${seesWhatEnds}, false)`;

/** Whether there is no context to check, as SQL: most statements outside of contexts end here. */
export const isUnsigned = `coalesce(${setting('signature')}, '') = ''`;

/** What nobody but the owner can tell of a transaction, as SQL. Its beginning and its end serve two purposes, and tell nothing about each other. */
const transactionSecret = hmac("'transaction'", ...transaction);

/**
 * What the first entry of a transaction gives to the client, and later ones have to present, as SQL. It is in no setting, so that SQL of the
 * callback does not come by it.
 */
const proof = 'right(transaction_secret, 32)';

/**
 * What an entry gives to the client to have a denial recorded with, as SQL: it says when it was, of whom, at which station, by which token, and
 * why there is no context if there is none. It is in no setting, so that SQL of the callback records nothing about anybody.
 *
 * @param at The time of the entry in seconds, as a text.
 */
export const denialProof = (
  user: string,
  station: string,
  refusal: string,
  token: string,
  at = 'extract(epoch FROM statement_timestamp())::text',
): string =>
  `concat(${at}, ' ', ${hmac("'denial'", at, user, station, `coalesce(${refusal}, '')`, `coalesce(${token}, '')`)})`;

/** When the entry was that gave a proof of a denial, in seconds, as SQL of a text. */
export const timeOfProof = (proof: string): string => `split_part(${proof}, ' ', 1)`;

/**
 * What an entry gives to the client to begin later transactions of the same backend with: who has it is the client, so the entry need not look
 * for the lock of another one, which takes as long as all the rest. It is in no setting, either.
 */
const backendProof = `left(${hmac("'backend'", 'pg_backend_pid()', 'extract(epoch FROM pg_postmaster_start_time())')}, 32)`;

/**
 * The advisory lock that the first entry takes until the end of the transaction. Its key cannot be guessed, so nobody takes it before, and
 * SQL cannot give it back.
 */
const entryLock = `('x' || left(transaction_secret, 16))::bit(64)::bigint`;

/** The variables of {@link refuseInsideOfContexts}. */
export const proofVariables = `${keyVariable}
  transaction_secret text;
  entry_lock bigint;
  backend_proof text;`;

/** The variables of functions that enter a context. */
export const entryVariables = `${proofVariables}
  settings json;
  refusal text;
  ignored text;`;

/** The settings as they are, to restore when the context ends, as a JSON array. */
const settingsNow = `json_build_array(${contextSettings.map((name) => `current_setting('${name}', true)`).join(', ')})`;

/** The settings of the session as they are, in their order, as the text of a JSON array. Functions that have no search path of their own use it, too. */
export const sessionNow = `pg_catalog.json_build_array(${sessionSettings.map((name) => `pg_catalog.current_setting('${name}', true)`).join(', ')})::pg_catalog.text`;

/**
 * Refuses to go on in a transaction that has had an entry, unless the caller has a proof: that of the transaction, or that of the backend among
 * several. In PL/pgSQL, after {@link readKey}. Every caller may be an attacker.
 *
 * The proof has an IF of its own: with the query in its condition, PostgreSQL plans both at each call.
 */
export const refuseInsideOfContexts = `transaction_secret := ${transactionSecret};
  entry_lock := ${entryLock};
  backend_proof := ${backendProof};
  -- Who has that of the backend begins a transaction, in which there is no context yet.
  IF (given_proof = ${proof} OR (backend_proof = ANY (string_to_array(given_proof, ',')) AND ${isUnsigned})) IS NOT TRUE THEN
    IF EXISTS (
      SELECT FROM pg_locks AS held
      WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
        AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
    ) THEN
      RAISE object_in_use USING
        MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
        HINT = 'Call withStation with the handle of the callback, or in another transaction.';
    END IF;
  END IF;`;

/**
 * The beginning of functions that enter a context, in PL/pgSQL: reads the key and the settings, and {@link refuseInsideOfContexts}.
 *
 * @param read {@link readKey}, or what reads the key and more.
 */
export const beginEntry = (read: string): string => `IF NOT ${seesWhatEnds} THEN
    RAISE invalid_transaction_state USING
      MESSAGE = format('station access: found a transaction of isolation level %s; expected read committed', current_setting('transaction_isolation'));
  END IF;
  ${read}
  ${refuseInsideOfContexts}
  settings := ${settingsNow};`;

/** Enters the context: sets and signs its settings. An assignment, because PERFORM is a query each time, which costs more to begin than to run. */
export const signContext = (
  user: string,
  station: string,
  token: string,
): string => `ignored := concat(pg_advisory_xact_lock_shared(entry_lock), set_config('canonical_models.user_id', ${user}, true),
      set_config('canonical_models.station_id', ${station}, true), set_config('canonical_models.token_id', ${token}, true),
      set_config('canonical_models.signature', ${signatureOf(user, station, token)}, true));`;

/** Whether an answer of an entry is a refusal, as SQL: the first thing that it says. */
export const isRefusal = (answer: string): string => `NOT pg_catalog.starts_with(${answer}, '{"refusal" : null,')`;

/**
 * The answer of an entry, as a JSON text, which no driver reads in its own way: why there is no context, or the settings before it, the
 * proof that later entries present, and what else is given.
 */
export const entryAnswer = (more: Readonly<Record<string, string>> = {}): string =>
  `json_build_object(${Object.entries({
    refusal: 'refusal',
    settings: 'settings',
    session: sessionNow,
    isReadOnly: isReadOnly,
    proof: `CASE WHEN refusal IS NULL THEN ${proof} END`,
    backendProof: 'CASE WHEN refusal IS NULL THEN backend_proof END',
    ...more,
  })
    .map(([name, value]) => `'${name}', ${value}`)
    .join(', ')})::text`;
