import {
  emailAddress,
  type InsertSchema,
  insertSchema,
  type Rules,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { OAuthAccount } from './oauth-account.ts';
import { Permission } from './permission.ts';
import { Role } from './role.ts';
import { RolePermission } from './role-permission.ts';
import { Station } from './station.ts';
import { StationAccessToken } from './station-access-token.ts';
import { StationAuditChain } from './station-audit-chain.ts';
import { StationAuditLog } from './station-audit-log.ts';
import { StationAuditOrigin } from './station-audit-origin.ts';
import { StationAuditSeal } from './station-audit-seal.ts';
import { StationTokenFailure } from './station-token-failure.ts';
import { StationUser } from './station-user.ts';
import { User } from './user.ts';
import { UserRole } from './user-role.ts';

// `UserInsert.parse(body)` is what `db.insert(User).values(…)` takes, `UserUpdate.parse(body)` what
// `db.update(User).set(…)` takes, and `UserSelect.parse(row)` is a row as it is read.

export const OAuthAccountSelect: SelectSchema<typeof OAuthAccount> = selectSchema(OAuthAccount);
export const OAuthAccountInsert: InsertSchema<typeof OAuthAccount> = insertSchema(OAuthAccount);
export const OAuthAccountUpdate: UpdateSchema<typeof OAuthAccount> = updateSchema(OAuthAccount);

export const RoleSelect: SelectSchema<typeof Role> = selectSchema(Role);
export const RoleInsert: InsertSchema<typeof Role> = insertSchema(Role);
export const RoleUpdate: UpdateSchema<typeof Role> = updateSchema(Role);

export const PermissionSelect: SelectSchema<typeof Permission> = selectSchema(Permission);
export const PermissionInsert: InsertSchema<typeof Permission> = insertSchema(Permission);
export const PermissionUpdate: UpdateSchema<typeof Permission> = updateSchema(Permission);

export const RolePermissionSelect: SelectSchema<typeof RolePermission> = selectSchema(RolePermission);
export const RolePermissionInsert: InsertSchema<typeof RolePermission> = insertSchema(RolePermission);
export const RolePermissionUpdate: UpdateSchema<typeof RolePermission> = updateSchema(RolePermission);

export const UserRoleSelect: SelectSchema<typeof UserRole> = selectSchema(UserRole);
export const UserRoleInsert: InsertSchema<typeof UserRole> = insertSchema(UserRole);
export const UserRoleUpdate: UpdateSchema<typeof UserRole> = updateSchema(UserRole);

const stationRules = { email: emailAddress } satisfies Rules<typeof Station>;
export const StationSelect: SelectSchema<typeof Station> = selectSchema(Station, stationRules);
export const StationInsert: InsertSchema<typeof Station> = insertSchema(Station, stationRules);
export const StationUpdate: UpdateSchema<typeof Station> = updateSchema(Station, stationRules);

const stationUserRules = { additionalPermissions: 'strings' } satisfies Rules<typeof StationUser>;
export const StationUserSelect: SelectSchema<typeof StationUser> = selectSchema(StationUser, stationUserRules);
export const StationUserInsert: InsertSchema<typeof StationUser> = insertSchema(StationUser, stationUserRules);
export const StationUserUpdate: UpdateSchema<typeof StationUser> = updateSchema(StationUser, stationUserRules);

const stationAccessTokenRules = { permissions: 'strings' } satisfies Rules<typeof StationAccessToken>;
export const StationAccessTokenSelect: SelectSchema<typeof StationAccessToken> = selectSchema(
  StationAccessToken,
  stationAccessTokenRules,
);
export const StationAccessTokenInsert: InsertSchema<typeof StationAccessToken> = insertSchema(
  StationAccessToken,
  stationAccessTokenRules,
);
export const StationAccessTokenUpdate: UpdateSchema<typeof StationAccessToken> = updateSchema(
  StationAccessToken,
  stationAccessTokenRules,
);

const stationAuditLogRules = { permissionsUsed: 'any' } satisfies Rules<typeof StationAuditLog>;
export const StationAuditLogSelect: SelectSchema<typeof StationAuditLog> = selectSchema(
  StationAuditLog,
  stationAuditLogRules,
);
export const StationAuditLogInsert: InsertSchema<typeof StationAuditLog> = insertSchema(
  StationAuditLog,
  stationAuditLogRules,
);
export const StationAuditLogUpdate: UpdateSchema<typeof StationAuditLog> = updateSchema(
  StationAuditLog,
  stationAuditLogRules,
);

export const StationAuditChainSelect: SelectSchema<typeof StationAuditChain> = selectSchema(StationAuditChain);
export const StationAuditChainInsert: InsertSchema<typeof StationAuditChain> = insertSchema(StationAuditChain);
export const StationAuditChainUpdate: UpdateSchema<typeof StationAuditChain> = updateSchema(StationAuditChain);

export const StationAuditSealSelect: SelectSchema<typeof StationAuditSeal> = selectSchema(StationAuditSeal);
export const StationAuditSealInsert: InsertSchema<typeof StationAuditSeal> = insertSchema(StationAuditSeal);
export const StationAuditSealUpdate: UpdateSchema<typeof StationAuditSeal> = updateSchema(StationAuditSeal);

export const StationAuditOriginSelect: SelectSchema<typeof StationAuditOrigin> = selectSchema(StationAuditOrigin);
export const StationAuditOriginInsert: InsertSchema<typeof StationAuditOrigin> = insertSchema(StationAuditOrigin);
export const StationAuditOriginUpdate: UpdateSchema<typeof StationAuditOrigin> = updateSchema(StationAuditOrigin);

export const StationTokenFailureSelect: SelectSchema<typeof StationTokenFailure> = selectSchema(StationTokenFailure);
export const StationTokenFailureInsert: InsertSchema<typeof StationTokenFailure> = insertSchema(StationTokenFailure);
export const StationTokenFailureUpdate: UpdateSchema<typeof StationTokenFailure> = updateSchema(StationTokenFailure);

const userRules = { email: emailAddress } satisfies Rules<typeof User>;
export const UserSelect: SelectSchema<typeof User> = selectSchema(User, userRules);
export const UserInsert: InsertSchema<typeof User> = insertSchema(User, userRules);
export const UserUpdate: UpdateSchema<typeof User> = updateSchema(User, userRules);
