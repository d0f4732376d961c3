// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  Permission as canonicalPermission,
  Role as canonicalRole,
  RoleType as canonicalRoleType,
} from '../../../identity/index.ts';

warnOfOldPath({ from: 'canonical-models/models/role', to: ['canonical-models/identity'], removedIn: '2.0.0' });

/** @deprecated Import `Role` from 'canonical-models/identity'. Goes in 2.0.0. */
export const Role: typeof canonicalRole = canonicalRole;
/** @deprecated Import `Role` from 'canonical-models/identity'. Goes in 2.0.0. */
export type Role = canonicalRole;

/** @deprecated Import `Permission` from 'canonical-models/identity'. Goes in 2.0.0. */
export const Permission: typeof canonicalPermission = canonicalPermission;
/** @deprecated Import `Permission` from 'canonical-models/identity'. Goes in 2.0.0. */
export type Permission = canonicalPermission;

/** @deprecated Import `RoleType` from 'canonical-models/identity'. Goes in 2.0.0. */
export const RoleType: typeof canonicalRoleType = canonicalRoleType;
/** @deprecated Import `RoleType` from 'canonical-models/identity'. Goes in 2.0.0. */
export type RoleType = canonicalRoleType;
