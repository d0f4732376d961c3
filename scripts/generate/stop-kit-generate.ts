/**
 * Stops `drizzle-kit generate` in a checkout: it knows nothing about the lock timeout, views under old names and their privileges,
 * or objects that no model has. `drizzle.config.ts` imports it before anything else; other commands of drizzle-kit are not affected.
 */
if (process.argv[2] === 'generate') {
  throw new Error(
    'drizzle-kit generate: its migrations would have no lock timeout and no views under old names. Nothing was written. ' +
      'Next: npm run db:generate -- --name <name>',
  );
}
