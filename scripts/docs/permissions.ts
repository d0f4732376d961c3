import { askedByServices, stationActs } from '../../src/identity/access/acts.ts';
import { type StationScope, stationScopes } from '../../src/identity/access/scopes.ts';
import { StationPermission, StationRole, stationGrants } from '../../src/identity/index.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** `docs/reference/permissions.md`: what each station role may do, and what asks for it. */
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
    '## What the database asks for',
    'Commands on tables, and changes of columns, which ask for the permission of their command, too. `→ x` is a change to the value `x`, or a new row with it; `x →` is a change from it. They hold for roles in the group `station_service`. What no row tells of, a service asks for with `can`.',
    // A list, as the cells of a table would be too wide.
    StationPermission.enumValues.map((permission) => `- \`${permission}\`: ${asksFor(permission)}`).join('\n'),
    `Nobody at a station, nor in \`withEveryStation\`, changes ${changesOf('never')}: what a customer said stays as it was said.`,
    'An assignment of the user of the context is neither made nor prolonged nor raised by that user, whatever the permissions.',
  );
}

function asksFor(permission: StationPermission): string {
  const reason = askedByServices[permission];
  if (reason !== undefined) return `The database cannot tell. ${reason}`;
  return [commandsOf(permission), changesOf(permission)].filter((text) => text !== '').join('; changes of ');
}

function commandsOf(permission: StationPermission): string {
  if (permission === 'cross_station.read') return '`withAssignedStations`';
  const scopes: readonly (readonly [string, StationScope])[] = Object.entries(stationScopes);
  const tables = new Map<string, string[]>();
  for (const [table, scope] of scopes) {
    const asks = scope.by === 'none' ? { insert: scope.insert?.permission } : scope.permissions;
    const commands = Object.entries(asks).flatMap(([command, asked]) =>
      asked === permission ? [command.toUpperCase()] : [],
    );
    if (commands.length > 0) tables.set(commands.join(', '), [...(tables.get(commands.join(', ')) ?? []), table]);
  }
  return [...tables]
    .map(([commands, names]) => `${commands} of ${names.map((name) => `\`${withoutPublic(name)}\``).join(', ')}`)
    .join('; ');
}

function changesOf(permission: StationPermission | 'never'): string {
  const changes = stationActs
    .filter((act) => act.permission === permission)
    .map(({ table, column, to, from, inNewRows }) => {
      const value = to === undefined ? (from === undefined ? '' : ` ${from} →`) : ` → ${to}`;
      return `\`${withoutPublic(table)}.${column}${value}\`${inNewRows ? ' (with a value in a new row, too)' : ''}`;
    });
  return [...new Set(changes)].join(', ');
}

const withoutPublic = (name: string): string => name.replace(/^public\./, '');
