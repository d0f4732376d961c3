import { getTableConfig } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { type StationScope, stationScopes } from '../../../src/identity/access/scopes.ts';
import { StationPermission } from '../../../src/identity/station-role.ts';
import { models } from '../../../src/registry/models.ts';

const scopes: Readonly<Record<string, StationScope>> = stationScopes;
const all = models();

/** The table that each column of a model refers to, by a foreign key or, without one, by its name. */
const referencesOf = (name: string): { column: string; table: string }[] => {
  const { table } = all.find((model) => model.name === name) as (typeof all)[number];
  const { columns, foreignKeys } = getTableConfig(table);
  const keys = foreignKeys.map((key) => {
    const { columns: [column] = [], foreignTable } = key.reference();
    const { schema = 'public', name: referred } = getTableConfig(foreignTable);
    return { column: String(column?.name), table: `${schema}.${referred}` };
  });
  const soft =
    columns.some((column) => column.name === 'customer_id') && !keys.some(({ column }) => column === 'customer_id');
  return [...keys, ...(soft ? [{ column: 'customer_id', table: 'public.customers' }] : [])];
};

test('each table is either scoped to stations, or named with the reason why it is not', () => {
  expect(Object.keys(scopes).sort()).toEqual(all.map(({ name }) => name).sort());
  for (const [name, scope] of Object.entries(scopes)) {
    if (scope.by === 'none') expect(scope.reason, name).toMatch(/^[A-Z].{15,}\.$/);
  }
});

describe.each(Object.entries(scopes))('%s', (name, scope) => {
  const { table } = all.find((model) => model.name === name) as (typeof all)[number];
  const { columns, policies } = getTableConfig(table);

  test('has the policies of its scope', () => {
    expect(policies.map((policy) => policy.name).sort()).toEqual(
      scope.by === 'none'
        ? 'insert' in scope
          ? ['assigned_stations', 'every_station', 'everyone_else', 'station_groups', 'station_insert']
          : []
        : [
            'assigned_stations',
            'every_station',
            'everyone_else',
            'station_delete',
            'station_groups',
            'station_insert',
            'station_select',
            'station_update',
          ],
    );
  });

  test('names each reference to a scoped table', () => {
    const referred = referencesOf(name).filter(
      ({ table: other }) => scopes[other]?.by !== 'none' && other !== 'identity.stations',
    );
    const named =
      scope.by === 'parent' || scope.by === 'column, else parent'
        ? scope.parents
        : scope.by === 'column' && 'references' in scope
          ? (scope.references ?? [])
          : scope.by === 'none' && 'insert' in scope
            ? (scope.insert?.references ?? [])
            : [];
    const sorted = (references: readonly { column: string; table: string }[]) =>
      references.map(({ column, table: other }) => `${column} → ${other}`).sort();
    expect(sorted(named)).toEqual(sorted(referred));
  });

  if (scope.by !== 'none') {
    test('requires existing permissions, of existing columns', () => {
      for (const permission of Object.values(scope.permissions)) {
        expect(['never', ...StationPermission.enumValues]).toContain(permission);
      }
      const parents = scope.by === 'column' ? [] : scope.parents.map(({ column }) => column);
      const used = [...(scope.by === 'parent' ? [] : [scope.column]), ...parents];
      expect(columns.map((column) => column.name)).toEqual(expect.arrayContaining(used));
    });
  } else if (scope.access === 'read') {
    test('names no station', () => expect(columns.map((column) => column.name)).not.toContain('station_id'));
  }
});
