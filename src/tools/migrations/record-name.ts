/**
 * Where the package's migrations are recorded, by `migrate` and by drizzle-kit alike. Not drizzle-kit's default table: that one belongs
 * to the service that migrates tables of its own on the same database.
 */
export const record = { schema: 'drizzle', table: 'canonical_models_migrations' } as const;
