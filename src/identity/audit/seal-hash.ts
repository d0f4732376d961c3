/**
 * The hashes of the audit trail, as SQL. The trigger computes them when a row is written, `verifyAuditTrail` when it is checked: both
 * use these expressions.
 */

/** The columns of a row of the trail as one JSON array, in the same form for every version and configuration of the server. */
function contentOf(log: string, userId: string): string {
  const columns = [
    `${log}.id`,
    `${log}.station_id`,
    userId,
    `${log}.session_id`,
    `${log}.action`,
    `${log}.resource_type`,
    `${log}.resource_id`,
    `${log}.user_role`,
    `${log}.permissions_used::text`,
    `${log}.ip_address`,
    `${log}.user_agent`,
    `${log}.details::text`,
    `${log}.success`,
    `${log}.error_message`,
    `${log}.created_at AT TIME ZONE 'UTC'`,
  ];
  return `jsonb_build_array(${columns.join(', ')})`;
}

function digestOf(content: string): string {
  return `sha256(convert_to(${content}::text, 'UTF8'))`;
}

/**
 * The hash of a seal: over its place in its chain, the seals that it follows and has seen, and every column of its row.
 *
 * @param seal The name of the seal in the statement.
 * @param log The name of its row. The user is taken from the seal; whether the row has the same one is a check of its own.
 */
export function sealHash(seal: string, log: string): string {
  const place = [
    `${seal}.chain_id`,
    `${seal}.number`,
    `encode(${seal}.previous_hash, 'hex')`,
    `${seal}.witness_chain_id`,
    `${seal}.witness_number`,
    `encode(${seal}.witness_hash, 'hex')`,
    `${seal}.chains`,
    `${seal}.sealed_at AT TIME ZONE 'UTC'`,
  ];
  return digestOf(`jsonb_build_array(${[...place, contentOf(log, `${seal}.user_id`)].join(', ')})`);
}

/** An aggregate: the digest over rows without a seal, their users left out. */
export function unsealedDigest(log: string): string {
  return `sha256(string_agg(${digestOf(contentOf(log, 'NULL'))}, ''::bytea ORDER BY ${log}.id))`;
}
