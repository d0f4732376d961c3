import { stationScopes } from '../../../identity/station-scope.ts';
import type { TableRename } from '../../../renames.ts';
import { auditAssignments } from './assignments.ts';
import { stationFunctions } from './functions.ts';
import { createStationRoles } from './roles.ts';
import { seedStationGrants } from './seed.ts';
import { grantsOfTable } from './table-grants.ts';

export { grantsOfTable } from './table-grants.ts';

/** A migration of statements that drizzle-kit does not know. It may run again, also where an earlier form of it has run. */
export interface OwnMigration {
  readonly name: string;
  readonly statements: readonly string[];
}

/**
 * What the policies of the models build on: roles and functions, the grants of the station roles, and who reads the global tables; and
 * what writes changes of assignments to the audit trail.
 */
export function migrationsOfStationAccess(tableRenames: readonly Pick<TableRename, 'from' | 'to'>[]): OwnMigration[] {
  const globalTables = Object.entries(stationScopes).flatMap(([name, { by }]) => (by === 'none' ? [name] : []));
  return [
    {
      name: 'station_access',
      statements: [
        createStationRoles,
        ...stationFunctions,
        ...globalTables.flatMap((name) => grantsOfTable(name, tableRenames)),
      ],
    },
    { name: 'station_grants', statements: seedStationGrants },
    { name: 'station_assignments', statements: auditAssignments },
  ];
}
