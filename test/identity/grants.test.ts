import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  can,
  isStationPermission,
  resolvePermissions,
  resolveStanding,
  type StationAccess,
  type StationAssignment,
  StationPermission,
  StationRole,
  StationStatus,
  stationGrants,
  UserStatus,
} from '../../src/identity/index.ts';

/** Roles, permissions and grants as they stood before the package. */
const legacy: {
  readonly roles: string[];
  readonly permissions: string[];
  readonly grants: Record<string, string[]>;
} = JSON.parse(readFileSync(new URL('../fixtures/legacy/station-permissions.json', import.meta.url), 'utf8'));

const now = new Date('2025-06-01T12:00:00Z');
const [here, elsewhere] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const assignment: StationAssignment = {
  stationId: here,
  role: 'station_admin',
  isActive: true,
  expiresAt: null,
  stationStatus: 'active',
};
const somebody = (change: Partial<StationAssignment> = {}, access: Partial<StationAccess> = {}): StationAccess => ({
  userStatus: 'active',
  isSuperAdmin: false,
  assignments: [{ ...assignment, ...change }],
  ...access,
});

test('roles, permissions and grants have not changed', () => {
  expect(StationRole.enumValues).toEqual(legacy.roles);
  expect(StationPermission.enumValues).toEqual(legacy.permissions);
  expect(stationGrants).toEqual(legacy.grants);
});

describe('resolvePermissions', () => {
  test('adds existing permissions, and lists unknown ones', () => {
    const { permissions, ignored } = resolvePermissions('customer_support', [
      'customer.export',
      'booking.read',
      'kitchen.clean',
      'constructor',
      'kitchen.clean',
      '',
    ]);
    expect(permissions).toEqual(
      StationPermission.enumValues.filter(
        (name) => name === 'customer.export' || legacy.grants['customer_support']?.includes(name),
      ),
    );
    expect(ignored).toEqual(['kitchen.clean', 'constructor', '']);
  });

  test('any additional texts grant only existing permissions, and take nothing from the role', () => {
    const name = fc.oneof(fc.constantFrom(...StationPermission.enumValues), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...StationRole.enumValues), fc.array(name), (role, additional) => {
        const { permissions, ignored } = resolvePermissions(role, additional);
        expect(permissions.every(isStationPermission)).toBe(true);
        expect(new Set(permissions)).toEqual(
          new Set([...stationGrants[role], ...additional.filter(isStationPermission)]),
        );
        expect(new Set(ignored)).toEqual(new Set(additional.filter((each) => !isStationPermission(each))));
      }),
    );
  });
});

describe('resolveStanding', () => {
  test.each<[string, StationAccess, string]>([
    [
      'a user who is suspended, super admin or not',
      somebody({}, { userStatus: 'suspended', isSuperAdmin: true }),
      'user-not-active',
    ],
    ['somebody without assignments', somebody({}, { assignments: [] }), 'not-assigned'],
    ['somebody of another station', somebody({ stationId: elsewhere }), 'not-assigned'],
    ['an assignment that is not active', somebody({ isActive: false }), 'assignment-not-active'],
    ['an assignment that expires this moment', somebody({ expiresAt: now }), 'assignment-expired'],
    ['an assignment whose end is an invalid date', somebody({ expiresAt: new Date(Number.NaN) }), 'assignment-expired'],
    ['a suspended station', somebody({ stationStatus: 'suspended' }), 'station-suspended'],
    ['a role of super_admin that has expired', somebody({ role: 'super_admin', expiresAt: now }), 'assignment-expired'],
  ])('refuses %s', (_, access, reason) => {
    expect(resolveStanding(access, here, now)).toEqual({ reached: false, reason });
  });

  test('returns the role, its permissions, and unknown additional permissions', () => {
    const standing = resolveStanding(somebody({ additionalPermissions: ['customer.delete', 'verbera'] }), here, now);
    expect(standing).toEqual({
      reached: true,
      role: 'station_admin',
      permissions: StationPermission.enumValues.filter(
        (name) => name === 'customer.delete' || legacy.grants['station_admin']?.includes(name),
      ),
      ignored: ['verbera'],
    });
  });

  test.each<[string, StationAccess]>([
    ['by their own row', somebody({}, { isSuperAdmin: true, assignments: [] })],
    ['by an assignment elsewhere', somebody({ stationId: elsewhere, role: 'super_admin' })],
    ['of a suspended station', somebody({ stationStatus: 'suspended' }, { isSuperAdmin: true })],
  ])('lets a super admin in everywhere, %s', (_, access) => {
    expect(resolveStanding(access, here, now)).toMatchObject({ reached: true, role: 'super_admin', ignored: [] });
  });
});

test('can: any user may do exactly what the columns say', () => {
  const station = fc.constantFrom(here, elsewhere);
  const end = fc.option(fc.date({ min: new Date('2025-05-31'), max: new Date('2025-06-03') }));
  const assignments = fc.uniqueArray(
    fc.record({
      stationId: station,
      role: fc.constantFrom(...StationRole.enumValues),
      additionalPermissions: fc.subarray([...StationPermission.enumValues, 'verbera']),
      isActive: fc.boolean(),
      expiresAt: end,
      stationStatus: fc.constantFrom(...StationStatus.enumValues),
    }),
    { selector: ({ stationId }) => stationId },
  );
  const access = fc.record({
    userStatus: fc.constantFrom(...UserStatus.enumValues),
    isSuperAdmin: fc.boolean(),
    assignments,
  });
  const permission = fc.constantFrom(...StationPermission.enumValues);
  fc.assert(
    fc.property(access, permission, station, (user, wanted, at) => {
      const running = user.assignments.filter((each) => each.isActive && (!each.expiresAt || each.expiresAt > now));
      const superior = user.isSuperAdmin || running.some(({ role }) => role === 'super_admin');
      const own = running.find(({ stationId, stationStatus }) => stationId === at && stationStatus !== 'suspended');
      const granted = own && [...(legacy.grants[own.role] ?? []), ...own.additionalPermissions].includes(wanted);
      expect(can(user, wanted, at, now)).toBe(user.userStatus === 'active' && (superior || granted === true));
    }),
    { numRuns: 1000 },
  );
});
