/**
 * Writes each change of an assignment to the audit trail of its station, in the transaction that makes it. The actor is the user of the
 * context. Without one nobody is: the details have the role that logged in, and whom it names in `assigned_by`. An update that changes
 * no right is not recorded. The trail outlives its station, so what ends with the station is recorded, too.
 */
export const auditAssignments: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.audit_assignment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  assignment identity.station_users := coalesce(NEW, OLD);
  actor uuid := identity.user_in_context();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.station_id, NEW.user_id) <> (OLD.station_id, OLD.user_id) THEN
    INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
    VALUES (OLD.station_id, actor, identity.role_in_context(), 'assignment.ended', 'station_user', OLD.id,
      jsonb_strip_nulls(jsonb_build_object('userId', OLD.user_id, 'role', OLD.role, 'databaseRole', CASE WHEN actor IS NULL THEN session_user END)), true);
  ELSIF TG_OP = 'UPDATE' AND (NEW.role, NEW.additional_permissions, NEW.is_active, NEW.expires_at)
    IS NOT DISTINCT FROM (OLD.role, OLD.additional_permissions, OLD.is_active, OLD.expires_at) THEN
    RETURN NULL;
  END IF;
  INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
  VALUES (assignment.station_id, actor, identity.role_in_context(),
    CASE
      WHEN TG_OP = 'INSERT' THEN 'assignment.created'
      WHEN TG_OP = 'DELETE' OR (OLD.is_active AND NOT NEW.is_active) THEN 'assignment.ended'
      WHEN NEW.role <> OLD.role THEN 'role.changed'
      ELSE 'assignment.changed'
    END,
    'station_user', assignment.id,
    jsonb_strip_nulls(jsonb_build_object(
      'userId', assignment.user_id, 'role', assignment.role, 'additionalPermissions', assignment.additional_permissions,
      'isActive', assignment.is_active, 'expiresAt', assignment.expires_at, 'roleBefore', CASE WHEN TG_OP = 'UPDATE' THEN OLD.role END,
      'databaseRole', CASE WHEN actor IS NULL THEN session_user END, 'assignedBy', CASE WHEN actor IS NULL AND TG_OP <> 'DELETE' THEN assignment.assigned_by END
    )), true);
  RETURN NULL;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.audit_truncated_assignments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  actor uuid := identity.user_in_context();
BEGIN
  INSERT INTO identity.station_audit_logs (station_id, user_id, user_role, action, resource_type, resource_id, details, success)
  SELECT ended.station_id, actor, identity.role_in_context(), 'assignment.ended', 'station_user', ended.id,
    jsonb_strip_nulls(jsonb_build_object('userId', ended.user_id, 'role', ended.role, 'databaseRole', CASE WHEN actor IS NULL THEN session_user END)), true
  FROM identity.station_users AS ended;
  RETURN NULL;
END
$$;`,
  'REVOKE ALL ON FUNCTION identity.audit_assignment(), identity.audit_truncated_assignments() FROM PUBLIC;',
  `CREATE OR REPLACE TRIGGER station_users_audit AFTER INSERT OR UPDATE OR DELETE ON identity.station_users
FOR EACH ROW EXECUTE FUNCTION identity.audit_assignment();`,
  `CREATE OR REPLACE TRIGGER station_users_audit_truncate BEFORE TRUNCATE ON identity.station_users
FOR EACH STATEMENT EXECUTE FUNCTION identity.audit_truncated_assignments();`,
];
