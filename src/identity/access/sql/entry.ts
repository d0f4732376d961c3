import {
  additionalThere,
  asOwner,
  forServices,
  isActiveUser,
  isInForce,
  isSuperAdmin,
  permits,
  refusalThere,
  roleBy,
  roleThere,
  standingColumns,
  standingJoins,
} from './functions.ts';
import {
  beginEntry,
  denialProof,
  entryAnswer,
  entryVariables,
  isSigned,
  keyVariable,
  readKey,
  readKeyAnd,
  setting,
  signContext,
  timeOfProof,
} from './signed-context.ts';

/**
 * Whether services may enter by the id of a user, which an administrator decides for the whole database. Nobody but the owner writes it,
 * not even roles that are granted every table; everybody may ask.
 */
const entryByUserId: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS drizzle.canonical_models_station_access (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  entry_by_user_id boolean NOT NULL DEFAULT true
);`,
  'REVOKE ALL ON drizzle.canonical_models_station_access FROM PUBLIC;',
  'ALTER TABLE drizzle.canonical_models_station_access ENABLE ROW LEVEL SECURITY;',
  'INSERT INTO drizzle.canonical_models_station_access DEFAULT VALUES ON CONFLICT (is_only) DO NOTHING;',
  // Without the row it is not allowed.
  `CREATE OR REPLACE FUNCTION identity.allows_entry_by_user_id() RETURNS boolean
LANGUAGE plpgsql STABLE ${asOwner} AS $$
BEGIN
  RETURN EXISTS (SELECT FROM drizzle.canonical_models_station_access WHERE entry_by_user_id);
END
$$;`,
];

const allowsUserIds = 'EXISTS (SELECT FROM drizzle.canonical_models_station_access WHERE entry_by_user_id)';

/**
 * The functions that `withStation`, `withAssignedStations` and `withEveryStation` enter a context with by the id of a user. They do not take
 * the role of the context, as no function with the rights of its owner can.
 */
export const entryFunctions: readonly string[] = [
  ...entryByUserId,
  `CREATE OR REPLACE FUNCTION identity.enter_station(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${entryVariables}
  station_before text;
  role_there text;
BEGIN
  ${beginEntry(
    readKeyAnd(
      `, ${allowsUserIds} AS allows_user_ids, ${standingColumns}`,
      `
  LEFT JOIN identity.users AS holder ON holder.id = of_user
  ${standingJoins}`,
    ),
  )}
  IF ${setting('user_id')} = of_user::text THEN
    IF ${setting('station_id')} NOT IN (at_station::text, 'assigned', 'every') AND ${isSigned} THEN
      station_before := ${setting('station_id')};
    END IF;
  END IF;
  refusal := CASE WHEN context_key.allows_user_ids THEN ${refusalThere('context_key')} ELSE 'proof-required' END;
  role_there := CASE WHEN refusal IS NULL THEN ${roleThere('context_key')} END;
  IF refusal IS NULL AND station_before IS NOT NULL THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, user_role, ip_address, user_agent, details, success)
    VALUES (at_station, of_user, in_session, 'station.switched', role_there, from_address, with_agent,
      jsonb_build_object('from', station_before, 'userId', of_user), true);
  END IF;
  -- A refusal is recorded by who gets this answer: a call by hand writes nothing.
  IF refusal IS NULL THEN
    ${signContext('of_user::text', 'at_station::text', "''")}
  END IF;
  RETURN ${entryAnswer({
    userId: 'of_user',
    role: 'role_there',
    additional: `CASE WHEN refusal IS NULL THEN ${additionalThere('context_key')} END`,
    // Where ids of users count for nothing, nobody gets to write to the trail with one.
    denialProof: `CASE WHEN context_key.allows_user_ids THEN ${denialProof('of_user::text', 'at_station::text', 'refusal', 'NULL')} END`,
  })};
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.record_denial(of_user uuid, at_station uuid, refusal text, given_proof text, in_session uuid, from_address text, with_agent text, on_table text, is_late boolean, by_token uuid) RETURNS void
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${keyVariable}
BEGIN
  ${readKey}
  IF (given_proof = ${denialProof('of_user::text', 'at_station::text', 'refusal', 'by_token::text', timeOfProof('given_proof'))}) IS NOT TRUE OR (refusal IS NULL) = (on_table IS NULL) THEN
    RAISE insufficient_privilege USING
      MESSAGE = 'record_denial: found no proof of an entry by this user at this station; expected the one that the entry answered';
  END IF;
  -- A proof is good for one row, and one a table.
  INSERT INTO identity.station_audit_logs (id, station_id, user_id, session_id, action, user_role, resource_type, ip_address, user_agent, details, success, error_message)
  SELECT md5(concat_ws(' ', given_proof, on_table))::uuid, station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session, 'access.denied',
    (SELECT ${roleBy('standing.role', 'by_token')} FROM identity.station_standing(of_user, at_station) AS standing), on_table, from_address, with_agent,
    jsonb_strip_nulls(jsonb_build_object('userId', of_user,
      'deniedAt', CASE WHEN is_late THEN to_timestamp(${timeOfProof('given_proof')}::float8) AT TIME ZONE 'UTC' END)), false, coalesce(refusal, 'row-refused')
  FROM identity.stations AS station WHERE station.id = at_station
  ON CONFLICT (id) DO NOTHING;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.enter_stations(of_user uuid, which text, given_proof text) RETURNS text
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${entryVariables}
BEGIN
  ${beginEntry(readKey)}
  IF NOT ${allowsUserIds} THEN
    refusal := 'proof-required';
  ELSIF EXISTS (
    SELECT FROM identity.users AS holder WHERE holder.id = of_user AND ${isActiveUser} AND CASE which
      WHEN 'every' THEN ${isSuperAdmin}
      WHEN 'assigned' THEN EXISTS (
        SELECT FROM identity.station_users AS assignment
        CROSS JOIN LATERAL identity.station_standing(assignment.user_id, assignment.station_id) AS standing
        WHERE assignment.user_id = holder.id AND ${isInForce} AND standing.refusal IS NULL
          AND ${permits('standing.role', 'standing.additional_permissions', "'cross_station.read'")}
      )
    END
  ) THEN
    ${signContext('of_user::text', 'which', "''")}
  ELSE
    refusal := 'not-assigned';
  END IF;
  RETURN ${entryAnswer({ userId: 'of_user' })};
END
$$;`,
  ...[
    'enter_station(uuid, uuid, uuid, text, text, text)',
    'record_denial(uuid, uuid, text, text, uuid, text, text, text, boolean, uuid)',
    'enter_stations(uuid, text, text)',
  ].flatMap(forServices),
];
