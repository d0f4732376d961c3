import { readFileSync } from 'node:fs';

/** A file of the legacy database as it stands before the plan, as in `legacy-schema.sql`. */
export function legacyFixture(name: 'legacy-schema.sql' | 'legacy-data.sql' | 'station-permissions.json'): string {
  return readFileSync(new URL(`../fixtures/legacy/${name}`, import.meta.url), 'utf8');
}

/** The statements that make an empty database the legacy one, for a driver's way to run several at once. */
export function legacySql(): string {
  return `${legacyFixture('legacy-schema.sql')}\n${legacyFixture('legacy-data.sql')}`;
}
