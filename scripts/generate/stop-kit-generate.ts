/**
 * Stops `drizzle-kit generate` in a checkout: it knows neither of the lock timeout, nor of views under old names and who may use them,
 * nor of what is in no model. Imported by `drizzle.config.ts` before anything else; other commands of drizzle-kit go on.
 */
if (process.argv[2] === 'generate') {
  throw new Error(
    'drizzle-kit generate: its migrations would have no lock timeout and no views under old names. Nothing was written. ' +
      'Next: npm run db:generate -- --name <name>',
  );
}
