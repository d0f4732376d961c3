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
