import { randomBytes } from 'node:crypto';
import { tableRenames } from '../../src/registry/table-renames.ts';
import { grantStatements, type VerbGrants, verbGrants } from '../../src/registry/verb-grants.ts';
import { identifier, literal } from '../../src/tools/database/query.ts';

/** The login roles of the service on one database, with passwords that nobody else knows. */
export interface ServiceRoles {
  /** For `withStation`. */
  readonly stationUrl: string;
  /** For public routes and log-ins. */
  readonly websiteUrl: string;
  /** Makes both, or gives those that are there another password. */
  readonly statements: readonly string[];
}

/**
 * @param url The database, as a role that may create roles.
 * @param prefix What their names begin with: roles are of the whole server.
 */
export function serviceRoles(url: string, prefix: string): ServiceRoles {
  const station = newRole(url, `${prefix}_station`);
  const website = newRole(url, `${prefix}_website`);
  const verbs = [
    ...Object.values(verbGrants['identity/tokens']),
    ...Object.values(verbGrants['feedback_marketing/blog-reviews']),
    verbGrants['feedback_marketing/event-reviews'].getEventReviewRequest,
    verbGrants['feedback_marketing/event-reviews'].submitEventReview,
  ];
  return {
    stationUrl: station.url,
    websiteUrl: website.url,
    statements: [
      ...station.statements,
      `GRANT station_service TO ${station.name}`,
      ...website.statements,
      ...grantStatements(website.name, verbs.map(withOldNames)),
    ],
  };
}

/** What a role may do with a table it may do with the view under its old name, too: `check` says so of every role. */
function withOldNames({ kind, grants }: VerbGrants): VerbGrants {
  const ofViews = tableRenames.flatMap(({ from, to }) =>
    grants.flatMap((grant) => (grant.endsWith(` ON ${to}`) ? [grant.replace(` ON ${to}`, ` ON ${from}`)] : [])),
  );
  return { kind, grants: [...grants, ...ofViews] };
}

function newRole(url: string, role: string): { name: string; url: string; statements: string[] } {
  const password = randomBytes(18).toString('base64url');
  const name = identifier(role);
  const own = new URL(url);
  own.username = role;
  own.password = password;
  const statements = [
    `DO $$ BEGIN CREATE ROLE ${name} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    `ALTER ROLE ${name} PASSWORD ${literal(password)}`,
  ];
  return { name, url: own.href, statements };
}
