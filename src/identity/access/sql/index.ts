import type { CustomMigration } from '../../../custom-migration.ts';
import { type StationScope, stationScopes } from '../scopes.ts';
import { writtenByOwner } from '../written-by-owner.ts';
import { askForActs } from './acts.ts';
import { auditAssignments } from './assignments.ts';
import { connectionFunctions } from './connection.ts';
import { entryFunctions } from './entry.ts';
import { stationFunctions } from './functions.ts';
import { createStationRoles } from './roles.ts';
import { seedStationGrants } from './seed.ts';
import { createContextKey } from './signed-context.ts';
import { grantsOfOldName, grantsOfTable, type RenamedTable } from './table-grants.ts';

export { grantsOfOldName, grantsOfTable } from './table-grants.ts';

/** Takes the right to put triggers on the tables of {@link writtenByOwner} from everybody but the owner. */
const revokeTriggers = `DO $$
DECLARE
  granted record;
BEGIN
  FOR granted IN
    SELECT c.oid::regclass AS relation, CASE WHEN acl.grantee = 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS grantee
    FROM pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS acl
    WHERE c.oid = ANY ('{${writtenByOwner.join(',')}}'::regclass[]) AND acl.privilege_type = 'TRIGGER' AND acl.grantee <> c.relowner
  LOOP
    EXECUTE format('REVOKE TRIGGER ON %s FROM %s CASCADE', granted.relation, granted.grantee);
  END LOOP;
END $$;`;

/**
 * What the policies of the models build on: roles and functions, the grants of the station roles, and read access to the global tables;
 * and the trigger that writes changes of assignments to the audit trail.
 */
export function migrationsOfStationAccess(tableRenames: readonly RenamedTable[]): CustomMigration[] {
  const scopes: readonly (readonly [string, StationScope])[] = Object.entries(stationScopes);
  // Those with policies are granted beside these.
  const globalTables = scopes.flatMap(([name, scope]) => (scope.by === 'none' && !scope.insert ? [name] : []));
  return [
    {
      name: 'station_access',
      repeatable: true,
      statements: [
        createStationRoles,
        ...createContextKey,
        ...stationFunctions,
        ...entryFunctions,
        ...connectionFunctions,
        ...globalTables.flatMap((name) => grantsOfTable(name)),
        revokeTriggers,
      ],
    },
    // Not repeatable: dropping an old name drops its privileges with it.
    {
      name: 'station_access_old_names',
      statements: globalTables.flatMap((name) => grantsOfOldName(name, tableRenames)),
    },
    { name: 'station_grants', repeatable: true, statements: seedStationGrants },
    { name: 'station_assignments', repeatable: true, statements: auditAssignments },
    { name: 'station_acts', repeatable: true, statements: askForActs },
  ];
}
