import { z } from 'zod';

const aDatabase = z.string().regex(/^(postgres(ql)?:\/\/|pglite:)./, 'expected postgres://… or pglite:<folder>');

const Settings = z
  .object({
    /** As a role that may read everything, such as the owner: used once, when the service compares database and models. */
    DATABASE_URL: aDatabase,
    /** As a login role in the group `station_service`. PGlite has no other roles than its own. */
    STATION_DATABASE_URL: aDatabase.optional(),
    /** As an ordinary login role, with the grants of public verbs and of those who log people in. */
    WEBSITE_DATABASE_URL: aDatabase.optional(),
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(8003),
    /** Where browsers find the service: links and feeds begin with it, and cookies are for https alone if it does. */
    SITE_URL: z.url({ protocol: /^https?$/ }).optional(),
    SITE_NAME: z.string().default('My Hibachi'),
    /** Signs the links that customers get. Other instances need the same one. */
    LINK_KEY: z.string().min(32, 'expected at least 32 characters'),
    /** How many proxies stand before the service, each of which appends to X-Forwarded-For. */
    PROXIES: z.coerce.number().int().min(0).max(10).default(0),
    /** How many requests a second a client may send in the long run, and ten times as many at once. */
    REQUESTS_PER_SECOND: z.coerce.number().positive().default(20),
  })
  .transform((environment) => ({
    databaseUrl: environment.DATABASE_URL,
    stationDatabaseUrl: environment.STATION_DATABASE_URL ?? environment.DATABASE_URL,
    websiteDatabaseUrl: environment.WEBSITE_DATABASE_URL ?? environment.DATABASE_URL,
    host: environment.HOST,
    port: environment.PORT,
    site: {
      name: environment.SITE_NAME,
      url: (environment.SITE_URL ?? `http://localhost:${environment.PORT}`).replace(/\/*$/, '/'),
    },
    linkKey: environment.LINK_KEY,
    proxies: environment.PROXIES,
    requestsPerSecond: environment.REQUESTS_PER_SECOND,
  }))
  .refine(
    ({ databaseUrl, stationDatabaseUrl, websiteDatabaseUrl }) =>
      databaseUrl.startsWith('pglite:') || new Set([databaseUrl, stationDatabaseUrl, websiteDatabaseUrl]).size === 3,
    'on a server, DATABASE_URL, STATION_DATABASE_URL and WEBSITE_DATABASE_URL are of three roles',
  );
export type Settings = z.output<typeof Settings>;

/**
 * The settings of the process, from its environment.
 *
 * @throws {Error} that names each variable that is missing or wrong, and no value.
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const result = Settings.safeParse(environment);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${[...path, message].join(': ')}`);
  throw new Error(`The environment is not complete:\n${lines.join('\n')}`);
}
