import { secondsAWindow } from '../token-failure-window.ts';

const aWindow = `interval '${secondsAWindow} seconds'`;

/**
 * The function that looks up presented tokens: it takes a JSON array of questions and returns one of the same length. It is in the
 * database because PL/pgSQL keeps the plan of its statement for the session: planning this one takes several times as long as running it,
 * and the other way to plan it once is a named statement, which poolers in transaction mode may lose. It runs with the rights of its
 * caller and reads what the caller may read.
 *
 * It looks at the token with the hash or, if no token has it, at the next one in the order of hashes: an unknown token is looked up with
 * the same work as any other, and the row found is never the requested one. The caller finds out which of the two it is.
 *
 * `LIMIT` makes PostgreSQL plan each question as if it were alone, however many there are.
 */
export const findStationTokensStatements: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.find_station_tokens(questions json) RETURNS json
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN (
    SELECT json_agg(answer.found ORDER BY asked.number)
    FROM ROWS FROM (
      json_to_recordset(questions) AS ("hash" varchar, "address" varchar, "stationId" uuid)
    ) WITH ORDINALITY AS asked (hash, address, station_id, number)
    CROSS JOIN LATERAL (
      SELECT json_build_object(
        'now', extract(epoch FROM clock_timestamp()) * 1000,
        'stationKnown', EXISTS (SELECT FROM identity.stations WHERE id = asked.station_id),
        'failures', coalesce(of_address.failures, 0),
        'secondsLeft', extract(epoch FROM of_address.began_at - clock_timestamp() + ${aWindow}),
        'token', CASE WHEN token.id IS NOT NULL THEN json_build_object(
          'hash', token.token_hash,
          'id', token.id,
          'userId', token.user_id,
          'stationId', token.station_id,
          'sessionId', token.session_id,
          'jwtId', token.jwt_id,
          'role', token.role,
          'permissions', token.permissions,
          'scope', token.scope,
          'expiresAt', extract(epoch FROM token.expires_at) * 1000,
          'isRevoked', token.is_revoked,
          'isReplaced', token.replaced_by IS NOT NULL,
          'isExpired', token.expires_at <= clock_timestamp()
        ) END,
        'userStatus', holder.status,
        'isSuperAdmin', holder.is_super_admin,
        'assignments', ARRAY(
          SELECT json_build_object(
            'stationId', assignment.station_id,
            'role', assignment.role,
            'additionalPermissions', assignment.additional_permissions,
            'isActive', assignment.is_active,
            'expiresAt', extract(epoch FROM assignment.expires_at) * 1000,
            'stationStatus', station.status
          )
          FROM identity.station_users AS assignment
          JOIN identity.stations AS station ON station.id = assignment.station_id
          WHERE assignment.user_id = token.user_id
            AND (assignment.station_id = token.station_id OR assignment.role = 'super_admin')
        )
      ) AS found
      FROM (SELECT) AS given
      LEFT JOIN (
        SELECT * FROM identity.station_access_tokens WHERE token_hash >= asked.hash ORDER BY token_hash LIMIT 1
      ) AS token ON true
      LEFT JOIN identity.users AS holder ON holder.id = token.user_id
      LEFT JOIN identity.station_token_failures AS of_address
        ON of_address.address = asked.address AND of_address.station_id IS NULL AND of_address.token_id IS NULL
          AND of_address.began_at > clock_timestamp() - ${aWindow}
      LIMIT 1
    ) AS answer
  );
END
$$;`,
];
