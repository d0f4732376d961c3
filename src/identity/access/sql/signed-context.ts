/**
 * A context is four settings of the transaction: the user, the station (or `every`, `assigned`), the limits of a token, and a signature. SQL
 * that is injected into the callback can change settings, and cannot sign: the signature is an HMAC-SHA-256 with a key that the roles of
 * services cannot read. It covers the backend and the start of the transaction, so that it is of no use in another one.
 */
type Setting = 'user_id' | 'station_id' | 'limits' | 'signature';

/** A setting of the context, as SQL. NULL or empty if there is none. */
export const setting = (name: Setting): string => `current_setting('canonical_models.${name}', true)`;

/** The settings of a context, with the role that goes with them. */
export const contextSettings: readonly string[] = [
  'role',
  ...(['user_id', 'station_id', 'limits', 'signature'] as const).map((name) => `canonical_models.${name}`),
];

/**
 * The key of this database, beside the record of migrations. Nobody but the owner reads it: the schema is closed, and so is the table,
 * for roles that are granted every schema. It is made here and never leaves the database; if the owner replaces it, open contexts end.
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
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  inner_pad bytea NOT NULL CHECK (length(inner_pad) = 64),
  outer_pad bytea NOT NULL CHECK (length(outer_pad) = 64)
);`,
  'REVOKE ALL ON drizzle.canonical_models_context_key FROM PUBLIC;',
  // Without a policy: rows for the owner alone.
  'ALTER TABLE drizzle.canonical_models_context_key ENABLE ROW LEVEL SECURITY;',
  `INSERT INTO drizzle.canonical_models_context_key (inner_pad, outer_pad)
SELECT ${pad(0x36)}, ${pad(0x5c)}
FROM (
  SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || decode(repeat('00', 32), 'hex') AS bytes OFFSET 0
) AS key
ON CONFLICT (is_only) DO NOTHING;`,
];

function pad(byte: number): string {
  return `(SELECT decode(string_agg(lpad(to_hex(get_byte(key.bytes, place) # ${byte}), 2, '0'), '' ORDER BY place), 'hex') FROM generate_series(0, 63) AS place)`;
}

/** The HMAC of a JSON array as hexadecimal, as SQL. The first element says what it is for. */
function hmac(...elements: readonly string[]): string {
  const message = `convert_to(jsonb_build_array(${elements.join(', ')})::text, 'UTF8')`;
  return `(SELECT encode(sha256(key.outer_pad || sha256(key.inner_pad || ${message})), 'hex') FROM drizzle.canonical_models_context_key AS key)`;
}

/** What tells one transaction of a server from all others. A transaction id would do, too, but a standby has none. */
const transaction = ['pg_backend_pid()', 'extract(epoch FROM transaction_timestamp())'];

/** The signature of a context in this transaction, as SQL. */
const signatureOf = (user: string, station: string, limits: string): string =>
  hmac("'context'", ...transaction, user, station, limits);

/** Whether the settings are those of a context that was entered in this transaction, as SQL. Never NULL. */
export const isSigned = `coalesce(${setting('signature')} = ${signatureOf(setting('user_id'), setting('station_id'), setting('limits'))}, false)`;

/**
 * What the first entry of a transaction gives to the client, and later ones have to present, as SQL. It is in no setting, so that SQL of the
 * callback does not come by it.
 */
const proof = hmac("'proof'", ...transaction);

/**
 * The advisory lock that the first entry takes until the end of the transaction. Its key cannot be guessed, so nobody takes it before, and
 * SQL cannot give it back.
 */
const entryLock = `('x' || left(${hmac("'lock'", ...transaction)}, 16))::bit(64)::bigint`;

/** Statements of PL/pgSQL for functions that enter a context; they use the variables that {@link entryVariables} declares. */
export const entryVariables = `entry_lock bigint := ${entryLock};`;

/** The settings as they are, to restore when the context ends, as a JSON array. */
export const settingsNow = `jsonb_build_array(${contextSettings.map((name) => `current_setting('${name}', true)`).join(', ')})`;

/** Refuses an entry in a transaction that has had one, unless it has its proof. Every caller of the function may be an attacker. */
export const refuseUnprovenEntry = `IF EXISTS (
    SELECT FROM pg_locks AS held
    WHERE held.locktype = 'advisory' AND held.pid = pg_backend_pid() AND held.objsubid = 1 AND held.granted
      AND (held.classid::bigint << 32) | held.objid::bigint = entry_lock
  ) AND given_proof IS DISTINCT FROM ${proof} THEN
    RAISE object_in_use USING
      MESSAGE = 'station access: found an entry in a transaction that has a context already; expected one by the handle that its callback received',
      HINT = 'Call withStation with the handle of the callback, or in another transaction.';
  END IF;`;

/** Enters the context: sets and signs its settings. */
export const signContext = (
  user: string,
  station: string,
  limits: string,
): string => `PERFORM pg_advisory_xact_lock_shared(entry_lock);
    PERFORM set_config('canonical_models.user_id', ${user}, true), set_config('canonical_models.station_id', ${station}, true),
      set_config('canonical_models.limits', ${limits}, true),
      set_config('canonical_models.signature', ${signatureOf(user, station, limits)}, true);
    proof := ${proof};`;
