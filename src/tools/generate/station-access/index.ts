import { stationScopes } from '../../../identity/station-scope.ts';
import type { CustomMigration } from '../custom-migrations.ts';
import { auditAssignments } from './assignments.ts';
import { stationFunctions } from './functions.ts';
import { createStationRoles } from './roles.ts';
import { seedStationGrants } from './seed.ts';
import { grantsOfTable } from './table-grants.ts';

export { grantsOfTable } from './table-grants.ts';

/**
 * What the policies of the models build on: roles and functions, the grants of the station roles, and who reads the global tables; and
 * what writes changes of assignments to the audit trail.
 */
export function migrationsOfStationAccess(): CustomMigration[] {
  const globalTables = Object.entries(stationScopes).flatMap(([name, { by }]) => (by === 'none' ? [name] : []));
  return [
    {
      name: 'station_access',
      repeatable: true,
      statements: [createStationRoles, ...stationFunctions, ...globalTables.flatMap((name) => grantsOfTable(name))],
    },
    { name: 'station_grants', repeatable: true, statements: seedStationGrants },
    { name: 'station_assignments', repeatable: true, statements: auditAssignments },
  ];
}
