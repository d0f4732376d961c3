import { asOwner, forServices } from './functions.ts';

/** The reasons with which `identity.station_standing` refuses. */
const reasons = [
  'user-not-active',
  'not-assigned',
  'assignment-not-active',
  'assignment-expired',
  'station-suspended',
] as const;

/** Whether the transaction may only read, as every one on a standby, as SQL. */
export const isReadOnly = `current_setting('transaction_read_only')::boolean`;

/**
 * The function that records a denial of another server or transaction, which could only read. The reason is that of then: the standing of
 * now may be another one.
 */
export const lateDenialFunctions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.record_late_denial(of_user uuid, at_station uuid, in_session uuid, from_address text, with_agent text, with_reason text, denied_at text) RETURNS void
LANGUAGE plpgsql VOLATILE ${asOwner} AS $$
BEGIN
  IF with_reason IS NULL OR with_reason NOT IN (${reasons.map((reason) => `'${reason}'`).join(', ')}) THEN
    RAISE invalid_parameter_value USING
      MESSAGE = 'station access: found another reason for a denial; expected one of withStation',
      HINT = 'Pass on the denial as withStation gave it.';
  END IF;
  INSERT INTO identity.station_audit_logs (station_id, user_id, session_id, action, ip_address, user_agent, details, success, error_message)
  SELECT station.id, (SELECT holder.id FROM identity.users AS holder WHERE holder.id = of_user), in_session,
    'access.denied', left(from_address, 45), left(with_agent, 1000), jsonb_build_object('userId', of_user, 'deniedAt', denied_at::timestamptz AT TIME ZONE 'UTC'), false, with_reason
  FROM identity.stations AS station WHERE station.id = at_station;
END
$$;`,
  ...forServices('record_late_denial(uuid, uuid, uuid, text, text, text, text)'),
];
