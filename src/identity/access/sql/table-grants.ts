import { stationScopeOf } from '../scopes.ts';
import { everyStationRole, writingStationRoles } from './roles.ts';

/** A table that had another name, both with their PostgreSQL schema. */
export interface RenamedTable {
  readonly from: string;
  readonly to: string;
}

/**
 * The statements that let the restricted groups use a table. The policies decide which rows they reach.
 *
 * @param name The table, with its PostgreSQL schema.
 */
export function grantsOfTable(name: string): string[] {
  return grantsOf(name).map((grant) => `GRANT ${grant};`);
}

/**
 * The statement that lets the groups use the view under the table's old name, if it exists.
 *
 * @param name The table, with its PostgreSQL schema.
 */
export function grantsOfOldName(name: string, tableRenames: readonly RenamedTable[]): string[] {
  const view = tableRenames.find(({ to }) => to === name)?.from;
  const grants = grantsOf(name);
  if (view === undefined || grants.length === 0) return [];
  return [
    `DO $$
BEGIN
  IF to_regclass('${view}') IS NOT NULL THEN
${grants.map((grant) => `    GRANT ${grant.replace(` ON ${name} `, ` ON ${view} `)};`).join('\n')}
  END IF;
END $$;`,
  ];
}

function grantsOf(name: string): string[] {
  const scope = stationScopeOf(name);
  if (!scope || (scope.by === 'none' && scope.access === 'none')) return [];
  const reads = `SELECT ON ${name} TO ${everyStationRole}`;
  const commands =
    scope.by === 'none'
      ? scope.insert
        ? ['INSERT']
        : []
      : (['insert', 'update', 'delete'] as const)
          .filter((command) => scope.permissions[command] !== 'never')
          .map((command) => command.toUpperCase());
  return [reads, ...(commands.length === 0 ? [] : [`${commands.join(', ')} ON ${name} TO ${writingStationRoles}`])];
}
