export * from './grants.ts';
export * from './oauth-account.ts';
export * from './role.ts';
export * from './schema.ts';
export * from './station.ts';
export * from './station-access.ts';
export * from './user.ts';
