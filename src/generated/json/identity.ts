// Generated from src/identity/zod.ts by `npm run db:generate`. Do not edit.

import {
  OAuthAccount,
  Permission,
  Role,
  RolePermission,
  Station,
  StationAccessToken,
  StationAuditChain,
  StationAuditLog,
  StationAuditOrigin,
  StationAuditSeal,
  StationTokenFailure,
  StationUser,
  User,
  UserRole,
} from '../../identity/index.ts';
import * as schemas from '../../identity/zod.ts';
import { jsonForm } from '../../json-form.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const OAuthAccountSelect: JsonSelectSchema<typeof OAuthAccount> = jsonForm(
  OAuthAccount,
  schemas.OAuthAccountSelect,
);
export const OAuthAccountInsert: JsonInsertSchema<typeof OAuthAccount> = jsonForm(
  OAuthAccount,
  schemas.OAuthAccountInsert,
);
export const OAuthAccountUpdate: JsonUpdateSchema<typeof OAuthAccount> = jsonForm(
  OAuthAccount,
  schemas.OAuthAccountUpdate,
);

export const PermissionSelect: JsonSelectSchema<typeof Permission> = jsonForm(Permission, schemas.PermissionSelect);
export const PermissionInsert: JsonInsertSchema<typeof Permission> = jsonForm(Permission, schemas.PermissionInsert);
export const PermissionUpdate: JsonUpdateSchema<typeof Permission> = jsonForm(Permission, schemas.PermissionUpdate);

export const RoleSelect: JsonSelectSchema<typeof Role> = jsonForm(Role, schemas.RoleSelect);
export const RoleInsert: JsonInsertSchema<typeof Role> = jsonForm(Role, schemas.RoleInsert);
export const RoleUpdate: JsonUpdateSchema<typeof Role> = jsonForm(Role, schemas.RoleUpdate);

export const RolePermissionSelect: JsonSelectSchema<typeof RolePermission> = jsonForm(
  RolePermission,
  schemas.RolePermissionSelect,
);
export const RolePermissionInsert: JsonInsertSchema<typeof RolePermission> = jsonForm(
  RolePermission,
  schemas.RolePermissionInsert,
);
export const RolePermissionUpdate: JsonUpdateSchema<typeof RolePermission> = jsonForm(
  RolePermission,
  schemas.RolePermissionUpdate,
);

export const StationSelect: JsonSelectSchema<typeof Station> = jsonForm(Station, schemas.StationSelect);
export const StationInsert: JsonInsertSchema<typeof Station> = jsonForm(Station, schemas.StationInsert);
export const StationUpdate: JsonUpdateSchema<typeof Station> = jsonForm(Station, schemas.StationUpdate);

export const StationAccessTokenSelect: JsonSelectSchema<typeof StationAccessToken> = jsonForm(
  StationAccessToken,
  schemas.StationAccessTokenSelect,
);
export const StationAccessTokenInsert: JsonInsertSchema<typeof StationAccessToken> = jsonForm(
  StationAccessToken,
  schemas.StationAccessTokenInsert,
);
export const StationAccessTokenUpdate: JsonUpdateSchema<typeof StationAccessToken> = jsonForm(
  StationAccessToken,
  schemas.StationAccessTokenUpdate,
);

export const StationAuditChainSelect: JsonSelectSchema<typeof StationAuditChain> = jsonForm(
  StationAuditChain,
  schemas.StationAuditChainSelect,
);
export const StationAuditChainInsert: JsonInsertSchema<typeof StationAuditChain> = jsonForm(
  StationAuditChain,
  schemas.StationAuditChainInsert,
);
export const StationAuditChainUpdate: JsonUpdateSchema<typeof StationAuditChain> = jsonForm(
  StationAuditChain,
  schemas.StationAuditChainUpdate,
);

export const StationAuditLogSelect: JsonSelectSchema<typeof StationAuditLog> = jsonForm(
  StationAuditLog,
  schemas.StationAuditLogSelect,
);
export const StationAuditLogInsert: JsonInsertSchema<typeof StationAuditLog> = jsonForm(
  StationAuditLog,
  schemas.StationAuditLogInsert,
);
export const StationAuditLogUpdate: JsonUpdateSchema<typeof StationAuditLog> = jsonForm(
  StationAuditLog,
  schemas.StationAuditLogUpdate,
);

export const StationAuditOriginSelect: JsonSelectSchema<typeof StationAuditOrigin> = jsonForm(
  StationAuditOrigin,
  schemas.StationAuditOriginSelect,
);
export const StationAuditOriginInsert: JsonInsertSchema<typeof StationAuditOrigin> = jsonForm(
  StationAuditOrigin,
  schemas.StationAuditOriginInsert,
);
export const StationAuditOriginUpdate: JsonUpdateSchema<typeof StationAuditOrigin> = jsonForm(
  StationAuditOrigin,
  schemas.StationAuditOriginUpdate,
);

export const StationAuditSealSelect: JsonSelectSchema<typeof StationAuditSeal> = jsonForm(
  StationAuditSeal,
  schemas.StationAuditSealSelect,
);
export const StationAuditSealInsert: JsonInsertSchema<typeof StationAuditSeal> = jsonForm(
  StationAuditSeal,
  schemas.StationAuditSealInsert,
);
export const StationAuditSealUpdate: JsonUpdateSchema<typeof StationAuditSeal> = jsonForm(
  StationAuditSeal,
  schemas.StationAuditSealUpdate,
);

export const StationTokenFailureSelect: JsonSelectSchema<typeof StationTokenFailure> = jsonForm(
  StationTokenFailure,
  schemas.StationTokenFailureSelect,
);
export const StationTokenFailureInsert: JsonInsertSchema<typeof StationTokenFailure> = jsonForm(
  StationTokenFailure,
  schemas.StationTokenFailureInsert,
);
export const StationTokenFailureUpdate: JsonUpdateSchema<typeof StationTokenFailure> = jsonForm(
  StationTokenFailure,
  schemas.StationTokenFailureUpdate,
);

export const StationUserSelect: JsonSelectSchema<typeof StationUser> = jsonForm(StationUser, schemas.StationUserSelect);
export const StationUserInsert: JsonInsertSchema<typeof StationUser> = jsonForm(StationUser, schemas.StationUserInsert);
export const StationUserUpdate: JsonUpdateSchema<typeof StationUser> = jsonForm(StationUser, schemas.StationUserUpdate);

export const UserSelect: JsonSelectSchema<typeof User> = jsonForm(User, schemas.UserSelect);
export const UserInsert: JsonInsertSchema<typeof User> = jsonForm(User, schemas.UserInsert);
export const UserUpdate: JsonUpdateSchema<typeof User> = jsonForm(User, schemas.UserUpdate);

export const UserRoleSelect: JsonSelectSchema<typeof UserRole> = jsonForm(UserRole, schemas.UserRoleSelect);
export const UserRoleInsert: JsonInsertSchema<typeof UserRole> = jsonForm(UserRole, schemas.UserRoleInsert);
export const UserRoleUpdate: JsonUpdateSchema<typeof UserRole> = jsonForm(UserRole, schemas.UserRoleUpdate);
