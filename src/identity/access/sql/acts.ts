import type { StationAuditAction } from '../../audit/event.ts';
import { type Act, stationActs } from '../acts.ts';
import { rowRefusal } from '../policies.ts';
import { type BelongingToStation, type ScopedTable, stationScopes } from '../scopes.ts';
import { isInGroups } from './functions.ts';

/**
 * Whether row-level security restricts the role of the statement: superusers are in every group, and pass it by. In any of the groups, as a
 * statement can change from one to another on its way. What it may as one of them is asked of its context, not of its role.
 */
const isRestricted = `row_security_active(TG_RELID) AND ${isInGroups}`;

/** What the trail gets from functions and triggers alone. */
const actionsOfTheDatabase: readonly StationAuditAction[] = [
  'station.switched',
  'assignment.created',
  'assignment.changed',
  'assignment.ended',
  'role.changed',
];

/**
 * The functions of the triggers that ask those whom row-level security restricts for more than the policies do, and the triggers on the
 * tables of assignments, stations and the trail. No text names a table, so any may be renamed.
 */
export const askForActs: readonly string[] = [
  `CREATE OR REPLACE FUNCTION identity.ask_for_permission() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (${isRestricted}) THEN
    RETURN NULL;
  END IF;
  -- Not in one expression: PostgreSQL asks for the right to call a function of it, even if it is not called.
  IF identity.permitted_station(TG_ARGV[0]) IS NULL AND NOT identity.reaches_every_station() THEN
    ${refuseRow(`'%I.%I: found a change of %s by a role without %s', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[1], TG_ARGV[0]`)}
  END IF;
  RETURN NULL;
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (${isRestricted}) THEN
    RETURN NULL;
  END IF;
  ${refuseRow(`'%I.%I: found a change of %s, which nobody at a station makes', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]`)}
END
$$;`,
  `CREATE OR REPLACE FUNCTION identity.keep_own_assignment() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (${isRestricted}) THEN
    RETURN NULL;
  END IF;
  -- The statement can have dropped its context by now, and with it who makes the change.
  IF identity.user_in_context() IS NULL THEN
    ${refuseRow(`'%I.%I: found a change by nobody; expected a context', TG_TABLE_SCHEMA, TG_TABLE_NAME`)}
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.user_id = identity.user_in_context() THEN
    IF TG_OP = 'UPDATE' AND (NEW.user_id, NEW.station_id, NEW.role, NEW.additional_permissions)
        IS NOT DISTINCT FROM (OLD.user_id, OLD.station_id, OLD.role, OLD.additional_permissions)
      AND NEW.is_active <= OLD.is_active AND ${endOf('NEW')} <= ${endOf('OLD')} THEN
      RETURN NULL;
    END IF;
    ${refuseRow(`'%I.%I: found an assignment that its user prolongs or raises', TG_TABLE_SCHEMA, TG_TABLE_NAME`)}
  END IF;
  RETURN NULL;
END
$$;`,
  // The station is the policy's: this completes what a service may say of itself.
  `CREATE OR REPLACE FUNCTION identity.sign_audit_log() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT (${isRestricted}) THEN
    RETURN NEW;
  END IF;
  IF NEW.action IN (${actionsOfTheDatabase.map((action) => `'${action}'`).join(', ')}) THEN
    ${refuseRow(`'%I.%I: found the action %s of a service; expected one that the database does not record itself', TG_TABLE_SCHEMA, TG_TABLE_NAME, NEW.action`)}
  END IF;
  IF (NEW.user_id = identity.user_in_context()) IS NOT TRUE THEN
    ${refuseRow(`'%I.%I: found an event of another user than that of the context', TG_TABLE_SCHEMA, TG_TABLE_NAME`)}
  END IF;
  NEW.user_role := identity.role_in_context();
  NEW.created_at := clock_timestamp();
  RETURN NEW;
END
$$;`,
  ...['ask_for_permission()', 'refuse_change()', 'keep_own_assignment()', 'sign_audit_log()'].map(
    (name) => `REVOKE ALL ON FUNCTION identity.${name} FROM PUBLIC;`,
  ),
  `CREATE OR REPLACE TRIGGER station_audit_logs_sign BEFORE INSERT ON identity.station_audit_logs
FOR EACH ROW EXECUTE FUNCTION identity.sign_audit_log();`,
  `CREATE OR REPLACE TRIGGER station_users_keep_own AFTER INSERT OR UPDATE OR DELETE ON identity.station_users
FOR EACH ROW EXECUTE FUNCTION identity.keep_own_assignment();`,
  ...triggersOfActs('identity.stations'),
];

/** When an assignment ends, as SQL: never without a date, and at once with an infinite one, which counts as expired. */
function endOf(row: 'OLD' | 'NEW'): string {
  // In brackets, as PL/pgSQL ends a condition at the first THEN outside of them.
  return `(CASE WHEN ${row}.expires_at IS NULL THEN 'infinity' WHEN isfinite(${row}.expires_at) THEN ${row}.expires_at ELSE '-infinity' END)`;
}

/** Refuses the row that a trigger was called for, in PL/pgSQL. The arguments are those of `format`. */
function refuseRow(message: string): string {
  return `RAISE insufficient_privilege USING
      MESSAGE = format(${message}),
      SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = '${rowRefusal}';`;
}

/** Whether inserting and updating rows of the table asks for the permission already. */
function isAskedAnyway({ table, permission }: Act): boolean {
  const { permissions }: BelongingToStation = stationScopes[table];
  return permissions.insert === permission && permissions.update === permission;
}

/**
 * The triggers that ask for the permissions of `stationActs` on a table: one for each permission and command. Which changes they are called
 * for is in their WHEN: other updates cost no more than that.
 */
export function triggersOfActs(table: ScopedTable): string[] {
  const groups = new Map<Act['permission'], Act[]>();
  for (const act of stationActs) {
    if (act.table !== table || isAskedAnyway(act)) continue;
    groups.set(act.permission, [...(groups.get(act.permission) ?? []), act]);
  }
  return [...groups].flatMap(([permission, group]) => {
    const ofNewRows = group.filter(({ to, inNewRows }) => to !== undefined || inNewRows);
    return [
      trigger(table, permission, 'UPDATE', group, whenChanged),
      ...(ofNewRows.length === 0 ? [] : [trigger(table, permission, 'INSERT', ofNewRows, whenNew)]),
    ];
  });
}

function whenNew({ column, to }: Act): string {
  return to === undefined ? `NEW.${column} IS NOT NULL` : `NEW.${column} = '${to}'`;
}

function whenChanged({ column, to, from }: Act): string {
  const changed = `OLD.${column} IS DISTINCT FROM NEW.${column}`;
  if (to !== undefined) return `(${changed} AND NEW.${column} = '${to}')`;
  return from === undefined ? changed : `(${changed} AND OLD.${column} = '${from}')`;
}

function trigger(
  table: string,
  permission: Act['permission'],
  command: 'INSERT' | 'UPDATE',
  acts: readonly Act[],
  condition: (act: Act) => string,
): string {
  const columns = [...new Set(acts.map(({ column }) => column))].join(', ');
  const [name, call] =
    permission === 'never'
      ? ['refuse_change', `refuse_change('${columns}')`]
      : [`ask_for_${permission.replace('.', '_')}`, `ask_for_permission('${permission}', '${columns}')`];
  return `CREATE OR REPLACE TRIGGER ${name}_on_${command.toLowerCase()} AFTER ${command} ON ${table}
FOR EACH ROW WHEN (${acts.map(condition).join(' OR ')})
EXECUTE FUNCTION identity.${call};`;
}
