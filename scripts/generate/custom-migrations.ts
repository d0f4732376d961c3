import type { CustomMigration } from '../../src/custom-migration.ts';
import { blogReviewMigrations } from '../../src/feedback_marketing/blog-reviews/triggers.ts';
import { couponMigrations } from '../../src/feedback_marketing/coupons/triggers.ts';
import { triggersOfActs } from '../../src/identity/access/sql/acts.ts';
import { fillStations, fillStationsOfEscalations } from '../../src/identity/access/sql/fill-stations.ts';
import { migrationsOfStationAccess } from '../../src/identity/access/sql/index.ts';
import { auditTrailStatements, sumUpAuditTrail } from '../../src/identity/audit/triggers.ts';
import { entryByTokenStatements } from '../../src/identity/tokens/entry-by-token.ts';
import { findStationTokensStatements } from '../../src/identity/tokens/find-station-tokens.ts';
import type { Domain } from '../../src/registry/domains.ts';
import { tableRenames } from '../../src/registry/table-renames.ts';

const reviewTables = [
  'public.event_customer_reviews',
  'public.customer_review_blog_posts',
  'public.external_reviews',
] as const;

/**
 * Objects that no model has, by domain, in this order. One that is not repeatable is written once: after its release it never changes;
 * changes come as another one after it.
 */
export const customMigrations: Readonly<Partial<Record<Domain, readonly CustomMigration[]>>> = {
  identity: [
    { name: 'fill_stations', first: fillStations, statements: fillStationsOfEscalations },
    { name: 'station_audit_triggers', first: sumUpAuditTrail, statements: auditTrailStatements },
    ...migrationsOfStationAccess(tableRenames),
    {
      name: 'find_station_tokens',
      repeatable: true,
      statements: [...findStationTokensStatements, ...entryByTokenStatements],
    },
  ],
  core: [{ name: 'booking_acts', repeatable: true, statements: triggersOfActs('public.bookings') }],
  lead: [{ name: 'lead_acts', repeatable: true, statements: triggersOfActs('public.leads') }],
  feedback_marketing: [
    ...blogReviewMigrations,
    ...couponMigrations,
    { name: 'review_acts', repeatable: true, statements: reviewTables.flatMap(triggersOfActs) },
  ],
  support_communications: [
    { name: 'recording_acts', repeatable: true, statements: triggersOfActs('public.call_recordings') },
  ],
};
