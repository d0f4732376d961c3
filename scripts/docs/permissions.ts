import { StationPermission, StationRole, stationGrants } from '../../src/identity/index.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/permissions.md`: what each station role may do. */
export function permissionsDocument(): string {
  const roles = StationRole.enumValues;
  return page(
    generatedFrom('src/identity/access/grants.ts'),
    '# Permissions',
    'What each station role may do at the stations that it is assigned to. `super_admin` reaches every station. [Station access](../guides/station-access.md) says how a service asks.',
    tableLines(
      ['permission', ...roles.map((role) => `\`${role}\``)],
      StationPermission.enumValues.map((permission) => [
        `\`${permission}\``,
        ...roles.map((role) => (stationGrants[role].includes(permission) ? 'yes' : '')),
      ]),
      ['---', ...roles.map(() => ':-:')],
    ).join('\n'),
  );
}
