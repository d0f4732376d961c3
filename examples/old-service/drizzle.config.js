const { excludeCanonicalTables } = require('canonical-models/drizzle-kit');
const { defineConfig } = require('drizzle-kit');

module.exports = defineConfig({
  dialect: 'postgresql',
  out: './drizzle',
  dbCredentials: { url: process.env['DATABASE_URL'] ?? '' },
  ...excludeCanonicalTables('./src/schema.js'),
});
