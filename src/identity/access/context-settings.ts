/**
 * A context is four settings of the transaction: the user, the station (or `every`, `assigned`), the id of the token that limits it or an
 * empty text, and a signature. SQL that is injected into the callback can change settings, and cannot sign: the signature is an HMAC-SHA-256
 * with a key that the roles of services cannot read. It covers the backend and the start of the transaction, so that it is of no use in
 * another one.
 */
export type ContextSetting = 'user_id' | 'station_id' | 'token_id' | 'signature';

const ownSettings: readonly ContextSetting[] = ['user_id', 'station_id', 'token_id', 'signature'];

/** The settings of a context, with the role that goes with them and what lets it read guarded tables: what they are outside of all contexts. */
export const outsideContexts: Readonly<Record<string, string>> = {
  role: 'none',
  row_security: 'on',
  ...Object.fromEntries(ownSettings.map((name) => [`canonical_models.${name}`, ''])),
};

/** Their names, in this order. */
export const contextSettings: readonly string[] = Object.keys(outsideContexts);

/** The one that tells a context from all others. */
export const signatureSetting = 'canonical_models.signature';

/**
 * Settings of a session that SQL of a callback could change for the next caller of the connection: they are as before when a context ends.
 * They decide how statements are read, what they answer, whether they run, and what of them is logged. Those that only some versions have
 * are left out on others. What only makes statements slow is not among them, as to read a setting takes time in every context; nor are the
 * settings of extensions and services.
 */
export const sessionSettings: readonly string[] = [
  // How values are read and written.
  'TimeZone',
  'timezone_abbreviations',
  'DateStyle',
  'IntervalStyle',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'client_encoding',
  'bytea_output',
  'extra_float_digits',
  'quote_all_identifiers',
  'xmlbinary',
  'xmloption',
  // How statements are read, and what they find.
  'standard_conforming_strings',
  'backslash_quote',
  'array_nulls',
  'transform_null_equals',
  'default_text_search_config',
  'gin_fuzzy_search_limit',
  // What refuses statements, or ends them, the transaction or the session.
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'synchronous_commit',
  'statement_timeout',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
  'tcp_user_timeout',
  'restrict_nonsystem_relation_kind',
  'exit_on_error',
  // What clients and logs show.
  'application_name',
  'client_min_messages',
  'log_parameter_max_length_on_error',
  'debug_print_parse',
  'debug_print_rewritten',
  'debug_print_plan',
];
