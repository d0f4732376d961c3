import type { RoleType } from '../../role.ts';
import { StationPermission, StationRole } from '../../station-role.ts';
import { stationGrants } from '../grants.ts';

/** The tables that are seeded. */
export const seededTables = ['identity.permissions', 'identity.roles', 'identity.role_permissions'] as const;

/** The row of `identity.roles` for a station role. Its name has a prefix, so that no existing role is mistaken for it. */
const rows: Readonly<Record<StationRole, { readonly type: RoleType; readonly description: string }>> = {
  super_admin: { type: 'super_admin', description: 'Reaches every station, with every permission.' },
  admin: { type: 'admin', description: 'Runs the stations that it is assigned to.' },
  station_admin: { type: 'manager', description: 'Manages the stations that it is assigned to.' },
  customer_support: { type: 'staff', description: 'Helps the customers of the stations that it is assigned to.' },
};

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
const list = (lines: readonly string[]) => lines.map((line) => `  (${line})`).join(',\n');

const permissions = StationPermission.enumValues.map((name) => {
  const [resource = '', action = ''] = name.split('.');
  const words = name.replace(/[._]/g, ' ');
  return [name, `${words[0]?.toUpperCase()}${words.slice(1)}`, resource, action].map(text).join(', ');
});

/**
 * The grants of the station roles as rows of `identity.permissions`, `identity.roles` and `identity.role_permissions`. Running it again
 * changes nothing. Existing permissions are kept as they are, matched by resource and action.
 */
export const seedStationGrants: readonly string[] = [
  `INSERT INTO identity.permissions (name, display_name, resource, action) VALUES
${list(permissions)}
ON CONFLICT (resource, action) DO NOTHING;`,
  `INSERT INTO identity.roles (name, description, role_type, is_system_role) VALUES
${list(
  StationRole.enumValues.map((role) =>
    [text(`station.${role}`), text(rows[role].description), text(rows[role].type), 'true'].join(', '),
  ),
)}
ON CONFLICT (name) DO NOTHING;`,
  `WITH given AS (
  SELECT role.id AS role_id, permission.id AS permission_id
  FROM (VALUES
${list(
  StationRole.enumValues.flatMap((role) =>
    stationGrants[role].map((permission) => [role, permission].map(text).join(', ')),
  ),
)}
  ) AS granted (role, permission)
  JOIN identity.roles AS role ON role.name = 'station.' || granted.role
  JOIN identity.permissions AS permission
    ON permission.resource = split_part(granted.permission, '.', 1) AND permission.action = split_part(granted.permission, '.', 2)
), taken_back AS (
  DELETE FROM identity.role_permissions AS granted USING identity.roles AS role
  WHERE role.id = granted.role_id AND role.name IN (${StationRole.enumValues.map((role) => text(`station.${role}`)).join(', ')})
    AND NOT EXISTS (SELECT FROM given WHERE given.role_id = granted.role_id AND given.permission_id = granted.permission_id)
)
INSERT INTO identity.role_permissions (role_id, permission_id) SELECT role_id, permission_id FROM given
ON CONFLICT (role_id, permission_id) DO NOTHING;`,
];
