import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { asOwner, forServices } from '../access/sql/functions.ts';
import {
  beginEntry,
  denialProof,
  entryAnswer,
  entryVariables,
  isReadOnly,
  proofVariables,
  readKey,
  refuseInsideOfContexts,
  signContext,
} from '../access/sql/signed-context.ts';
import { secondsAWindow } from '../token-failure-window.ts';
import { tokenPrefix } from '../token-prefix.ts';
import { countFailure, forgetOldFailures, isInTrail } from './failures.ts';

const dialect = new PgDialect();
const render = (statement: SQL): string => dialect.sqlToQuery(statement).sql;

const counting = {
  address: sql.raw('counted_address'),
  stationId: sql.raw('at_station'),
  tokenId: sql.raw('found.token_id'),
};

/**
 * The functions that `withStation` enters a context with by a station token. They take the token itself: its hash is in the database, where
 * people may read it, and proves nothing. `verifyStationToken` makes the same decision in TypeScript.
 */
export const entryByTokenStatements: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.station_token_standing(presented text, at_station uuid, OUT token_id uuid, OUT user_id uuid,
  OUT session_id uuid, OUT token_role text, OUT token_permissions jsonb, OUT is_replaced boolean, OUT role text,
  OUT additional_permissions jsonb, OUT refusal text)
LANGUAGE plpgsql STABLE ${asOwner} AS $$
DECLARE
  token record;
  standing record;
BEGIN
  SELECT * INTO token FROM identity.station_access_tokens AS known
  WHERE known.token_hash = encode(sha256(convert_to(presented, 'UTF8')), 'hex');
  IF NOT FOUND THEN
    refusal := CASE WHEN presented ~ '^${tokenPrefix}[0-9A-Za-z]{49}$' THEN 'an unknown token' ELSE 'a malformed token' END;
    RETURN;
  END IF;
  token_id := token.id;
  user_id := token.user_id;
  session_id := token.session_id;
  token_role := token.role;
  token_permissions := token.permissions;
  is_replaced := token.replaced_by IS NOT NULL;
  standing := identity.station_standing(token.user_id, token.station_id);
  role := standing.role;
  additional_permissions := standing.additional_permissions;
  refusal := CASE
    WHEN token.station_id IS DISTINCT FROM at_station THEN 'a token of another station'
    WHEN token.is_revoked AND is_replaced THEN 'a rotated token'
    WHEN token.is_revoked THEN 'a revoked token'
    WHEN token.expires_at <= clock_timestamp() THEN 'an expired token'
    WHEN standing.refusal IS NOT NULL THEN 'a token without a right at the station'
  END;
END
$$;`,
  'REVOKE ALL ON FUNCTION identity.station_token_standing(text, uuid) FROM PUBLIC;',
  `CREATE OR REPLACE FUNCTION identity.refuse_station_token(presented text, at_station uuid, counted_address text, from_address text, with_agent text, given_proof text,
  OUT failures integer, OUT seconds_left double precision)
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
#variable_conflict use_column
DECLARE
  ${proofVariables}
  found record;
  counted record;
BEGIN
  ${readKey}
  ${refuseInsideOfContexts}
  found := identity.station_token_standing(presented, at_station);
  -- One that is valid by now is not recorded, no matter who calls this; nor is one on a standby.
  IF found.refusal IS NULL OR ${isReadOnly} THEN
    RETURN;
  END IF;
  IF found.is_replaced THEN
    -- First, as locks.ts says.
    PERFORM FROM identity.users AS holder WHERE holder.id = found.user_id FOR NO KEY UPDATE;
    WITH revoked AS (
      UPDATE identity.station_access_tokens SET is_revoked = true, revoked_at = clock_timestamp()
      WHERE id IN (
        SELECT member.id FROM identity.station_access_tokens AS member
        WHERE (member.user_id, member.station_id, coalesce(member.family_id, member.id)) = (
            SELECT known.user_id, known.station_id, coalesce(known.family_id, known.id)
            FROM identity.station_access_tokens AS known WHERE known.id = found.token_id
          ) AND NOT member.is_revoked AND member.expires_at > clock_timestamp()
        ORDER BY member.id FOR UPDATE
      )
      RETURNING id, station_id, user_id
    )
    INSERT INTO identity.station_audit_logs (station_id, action, resource_type, resource_id, ip_address, user_agent, details, success)
    SELECT revoked.station_id, 'token.revoked', 'station_access_token', revoked.id, from_address, with_agent,
      jsonb_build_object('holder', revoked.user_id, 'reason', 'a rotated token came back'), true
    FROM revoked;
  END IF;
  IF counted_address IS NOT NULL THEN
    ${render(countFailure({ address: counting.address }))}, extract(epoch FROM began_at - clock_timestamp()) + ${secondsAWindow} AS seconds_left INTO counted;
    failures := counted.failures;
    seconds_left := counted.seconds_left;
  END IF;
  IF EXISTS (SELECT FROM identity.stations AS station WHERE station.id = at_station) THEN
    ${render(countFailure({ stationId: counting.stationId, tokenId: counting.tokenId }))} INTO counted;
    IF ${isInTrail('counted.failures')} THEN
      INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, resource_type, resource_id, ip_address, user_agent, details, success, error_message)
      VALUES (at_station, found.user_id, found.session_id, 'token.refused', 'station_access_token', found.token_id, from_address, with_agent,
        jsonb_build_object('failures', counted.failures), false, found.refusal);
    END IF;
  END IF;
  ${render(forgetOldFailures(counting))};
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.enter_station_by_token(presented text, at_station uuid, counted_address text, from_address text, with_agent text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${entryVariables}
  found record;
  refused record;
BEGIN
  ${beginEntry(readKey)}
  found := identity.station_token_standing(presented, at_station);
  IF found.refusal IS NULL THEN
    ${signContext('found.user_id::text', 'at_station::text', 'found.token_id::text')}
    RETURN ${entryAnswer({
      userId: 'found.user_id',
      role: 'found.role',
      additional: 'found.additional_permissions',
      denialProof: denialProof('found.user_id::text', 'at_station::text', 'NULL', 'found.token_id::text'),
      token: `json_build_object('id', found.token_id, 'role', found.token_role, 'permissions', found.token_permissions)`,
    })};
  END IF;
  refusal := 'token-refused';
  refused := identity.refuse_station_token(presented, at_station, counted_address, from_address, with_agent, given_proof);
  RETURN ${entryAnswer({ failures: 'refused.failures', secondsLeft: 'refused.seconds_left' })};
END
$$;`,
  ...[
    'refuse_station_token(text, uuid, text, text, text, text)',
    'enter_station_by_token(text, uuid, text, text, text, text)',
  ].flatMap(forServices),
];
