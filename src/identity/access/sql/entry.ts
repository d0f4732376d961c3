import { asOwner, forServices, isActiveUser, isInForce, isSuperAdmin, permits } from './functions.ts';
import { isReadOnly } from './late-denial.ts';
import { entryVariables, isSigned, refuseUnprovenEntry, setting, settingsNow, signContext } from './signed-context.ts';

/** What an entry answers: the standing, or why there is none; the settings before; and the proof that later entries present. */
const entryResults =
  'OUT role text, OUT additional_permissions jsonb, OUT refusal text, OUT settings jsonb, OUT proof text';

/**
 * The functions that `withStation`, `withAssignedStations` and `withEveryStation` enter a context with. They do not take the role of the
 * context, as no function with the rights of its owner can.
 */
export const entryFunctions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.enter_station(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, given_proof text, ${entryResults})
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${entryVariables}
  station_before text := CASE WHEN ${isSigned} THEN ${setting('station_id')} END;
  user_before uuid := identity.user_in_context();
BEGIN
  ${refuseUnprovenEntry}
  settings := ${settingsNow};
  SELECT standing.role, standing.additional_permissions, standing.refusal INTO role, additional_permissions, refusal
  FROM identity.station_standing(of_user, at_station) AS standing;
  IF (refusal IS NOT NULL AND NOT ${isReadOnly}) OR (station_before <> at_station::text AND station_before NOT IN ('assigned', 'every') AND user_before = of_user) THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, user_role, ip_address, user_agent, details, success, error_message)
    SELECT station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session,
      CASE WHEN refusal IS NULL THEN 'station.switched' ELSE 'access.denied' END, role, from_address, with_agent,
      jsonb_strip_nulls(jsonb_build_object('from', CASE WHEN refusal IS NULL THEN station_before END, 'userId', of_user)), refusal IS NULL, refusal
    FROM identity.stations AS station WHERE station.id = at_station;
  END IF;
  IF refusal IS NULL THEN
    ${signContext('of_user::text', 'at_station::text', "''")}
  END IF;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.record_denial(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, on_table text) RETURNS void
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
BEGIN
  INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, resource_type, ip_address, user_agent, details, success, error_message)
  SELECT station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session,
    'access.denied', on_table, from_address, with_agent, jsonb_build_object('userId', of_user), false,
    CASE WHEN on_table IS NULL THEN (SELECT standing.refusal FROM identity.station_standing(of_user, at_station) AS standing) ELSE 'row-refused' END
  FROM identity.stations AS station WHERE station.id = at_station;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.enter_stations(of_user uuid, which text, given_proof text, ${entryResults})
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
DECLARE
  ${entryVariables}
BEGIN
  ${refuseUnprovenEntry}
  settings := ${settingsNow};
  IF EXISTS (
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
END
$$;`,
  ...[
    'enter_station(uuid, uuid, uuid, text, text, text)',
    'record_denial(uuid, uuid, uuid, text, text, text)',
    'enter_stations(uuid, text, text)',
  ].flatMap(forServices),
];
