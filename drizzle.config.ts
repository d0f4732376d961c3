import { defineConfig } from 'drizzle-kit';

/** For people who work on this package: drizzle-kit on the sources. Services use `dist/drizzle.config.js`. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/schema.ts',
  out: './drizzle',
  dbCredentials: { url: process.env['DATABASE_URL'] ?? 'postgres://localhost:5432/postgres' },
  schemaFilter: ['public', 'identity'],
  tablesFilter: ['!reviews'],
});
