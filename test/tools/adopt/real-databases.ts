import { readFileSync } from 'node:fs';
import type { DeviationKind } from '../../../src/tools/deviations/kinds.ts';

/** A script of `test/fixtures/adopt`, which makes a database that people have out of the legacy one. */
export function adoptFixture(name: string): string {
  return readFileSync(new URL(`../../fixtures/adopt/${name}.sql`, import.meta.url), 'utf8');
}

/** A database as people have it, and what its operator does. */
export interface RealDatabase {
  /** The scripts that make it of the legacy database, in order. */
  readonly scripts: readonly string[];
  /** What the operator names with `--table`. */
  readonly tables?: readonly string[];
  /** What the operator decides, as statements that the script has as comments, or corrections of rows. */
  readonly decisions?: string;
  /** Whether the operator corrects rows: those that are there afterwards are the ones that have to stay. */
  readonly correctsRows?: boolean;
  /** Whether `baseline` takes it as it is. */
  readonly isTaken?: boolean;
  /** How many steps of each kind the script has. @default not counted */
  readonly steps?: Partial<Record<DeviationKind | 'name-taken', number>>;
  /** Names that answer afterwards, besides the old names of renamed tables. */
  readonly oldPlaces?: readonly string[];
}

const everyPlace: readonly string[] = [
  ...['bookings', 'customers', 'chefs', 'message_threads', 'messages', 'pricing_tiers'].map((name) => `core.${name}`),
  ...[
    'leads',
    'lead_contacts',
    'lead_context',
    'lead_events',
    'social_accounts',
    'social_identities',
    'social_threads',
  ].map((name) => `lead.${name}`),
  ...[
    'subscribers',
    'campaigns',
    'campaign_events',
    'campaign_sms_limits',
    'sms_templates',
    'sms_send_queue',
    'sms_delivery_events',
  ].map((name) => `newsletter.${name}`),
  ...[
    'customer_reviews',
    'customer_review_blog_posts',
    'review_approval_log',
    'review_escalations',
    'discount_coupons',
  ].map((name) => `feedback.${name}`),
  ...['marketing.qr_codes', 'marketing.qr_scans', 'support.escalations', 'support.call_recordings'],
  ...[
    'communications.email_threads',
    'communications.email_messages',
    'integra.ai_conversations',
    'integra.ai_messages',
  ],
];

const identityTables = ['users', 'roles', 'permissions', 'role_permissions', 'user_roles', 'stations'].concat(
  'station_users',
  'station_access_tokens',
  'station_audit_logs',
);

/** What an operator decides about the orphans of `missing-keys`. */
function withoutOrphans(core: string, marketing: string): string {
  const orphaned = (parent: string, column: string) =>
    `WHERE NOT EXISTS (SELECT FROM ${parent} AS parent WHERE parent.id = child.${column})`;
  return `
    UPDATE ${core}.bookings AS child SET chef_id = NULL ${orphaned(`${core}.chefs`, 'chef_id')};
    DELETE FROM ${core}.messages AS child ${orphaned(`${core}.message_threads`, 'thread_id')};
    DELETE FROM ${marketing}.qr_scans AS child ${orphaned(`${marketing}.qr_codes`, 'qr_code_id')};
    DELETE FROM identity.station_audit_logs AS child ${orphaned('identity.stations', 'station_id')};`;
}

/** Every database by what is special about it. */
export const realDatabases: Readonly<Record<string, RealDatabase>> = {
  'every table in a schema of its domain, lower-case labels': {
    scripts: ['own-schemas'],
    tables: ['lead.social_threads'],
    steps: { 'other-place': everyPlace.length },
    oldPlaces: everyPlace,
  },
  'every table in a schema of its domain, upper-case labels': {
    scripts: ['own-schemas', 'upper-case-labels'],
    tables: ['lead.social_threads'],
    steps: { 'other-place': everyPlace.length, 'label-case': 31 },
    oldPlaces: everyPlace,
  },
  'all in public, without defaults': {
    scripts: ['without-defaults'],
    steps: { 'missing-default': 43, 'other-place': identityTables.length },
    oldPlaces: identityTables.map((name) => `public.${name}`),
  },
  'extra columns, triggers, indexes, checks, labels': { scripts: ['extras'], isTaken: true, steps: {} },
  'no index, no foreign key, orphaned rows': {
    scripts: ['missing-keys'],
    correctsRows: true,
    decisions: withoutOrphans('public', 'public'),
    // Four foreign keys are added, and validated when their orphans are gone.
    steps: { 'missing-index': 132, 'missing-foreign-key': 60 },
  },
  'other names of indexes and constraints': {
    scripts: ['other-names'],
    isTaken: true,
    steps: { 'other-index-name': 132, 'other-constraint-name': 133 },
  },
  'another order of columns, wider types': { scripts: ['other-order'], isTaken: true, steps: {} },
  'renames begun by hand': {
    scripts: ['renamed-by-hand'],
    steps: { 'other-place': 3, 'other-constraint-name': 1, 'other-index-name': 1 },
  },
  'a foreign identity.oauth_accounts': { scripts: ['foreign-oauth-accounts'], steps: { 'name-taken': 1 } },
  'policies of the old backend': { scripts: ['old-policies'], steps: { 'row-security': 4, 'foreign-policy': 5 } },
};

/** Everything at once, in two databases: what a short run has time for. */
export const mixedDatabases: Readonly<Record<string, RealDatabase>> = {
  'schemas of their own, and all else that can be wrong at once': {
    scripts: [
      ...['missing-keys', 'extras', 'foreign-oauth-accounts', 'old-policies'],
      ...['other-order', 'other-names', 'own-schemas'],
    ],
    tables: ['lead.social_threads'],
    correctsRows: true,
    decisions: withoutOrphans('core', 'marketing'),
    oldPlaces: everyPlace,
  },
  'all in public, without defaults, labels in upper case, renames begun by hand': {
    scripts: ['renamed-by-hand', 'without-defaults', 'upper-case-labels'],
    oldPlaces: identityTables.map((name) => `public.${name}`),
  },
};
