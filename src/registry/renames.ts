/**
 * The registry of renames: the one place that says what has moved.
 *
 * An entry names a table, a symbol or a module by its old and its canonical name, says why it moved, since which version the
 * canonical name answers and in which version the old one goes. Migrations, compatibility views, deprecated modules,
 * `docs/reference/import-map.md` and the codemod's map are all derived from these entries and never written a second time.
 *
 * This file is plain data: it imports nothing but more of it, so reading it costs nothing.
 */

import type { Rename } from './rename.ts';
import { serviceModules } from './service-modules.ts';

export type { Domain } from './domains.ts';
export type {
  BarrelRename,
  ModuleRename,
  Rename,
  RenameLifetime,
  ServiceModuleRename,
  SymbolRename,
  TableRename,
} from './rename.ts';

const since = '1.0.0';
const removedIn = '2.0.0';

/**
 * Every rename of the plan, in the order in which its migrations run.
 *
 * @example
 * import { renames } from 'canonical-models/renames';
 *
 * const oldTables = renames.filter((entry) => entry.kind === 'table').map((entry) => entry.from);
 */
export const renames: readonly Rename[] = [
  // Tables
  {
    kind: 'table',
    from: 'identity.social_accounts',
    to: 'identity.oauth_accounts',
    migration: 'rename_social_account_tables',
    since,
    removedIn,
    reason: 'OAuth accounts log admin staff in; they are not the social media accounts of the business.',
  },
  {
    kind: 'table',
    from: 'public.social_accounts',
    to: 'public.business_social_accounts',
    migration: 'rename_social_account_tables',
    since,
    removedIn,
    reason: 'The social media accounts of the business, named apart from OAuth logins.',
  },
  {
    kind: 'table',
    from: 'public.social_identities',
    to: 'public.customer_social_identities',
    migration: 'rename_social_account_tables',
    since,
    removedIn,
    reason: "A customer's profiles across social channels, named for whose they are.",
  },
  {
    kind: 'table',
    from: 'public.customer_reviews',
    to: 'public.event_customer_reviews',
    migration: 'rename_review_tables',
    since,
    removedIn,
    reason: 'Feedback after an event, named apart from the published reviews in customer_review_blog_posts.',
  },
  {
    kind: 'table',
    from: 'public.message_threads',
    to: 'public.customer_message_threads',
    migration: 'rename_message_tables',
    since,
    removedIn,
    reason: 'Threads of customer support, named apart from e-mail threads and AI conversations.',
  },
  {
    kind: 'table',
    from: 'public.messages',
    to: 'public.customer_messages',
    migration: 'rename_message_tables',
    since,
    removedIn,
    reason: 'Messages of customer support, named apart from e-mail and AI messages.',
  },
  {
    kind: 'table',
    from: 'public.social_threads',
    to: 'public.lead_social_threads',
    migration: 'rename_social_thread_tables',
    since,
    removedIn,
    reason: 'Social threads belong to leads.',
  },

  // Modules whose symbols kept their names
  {
    kind: 'module',
    from: 'models/booking',
    to: 'core',
    symbols: ['Booking', 'BookingStatus'],
    since,
    removedIn,
    reason: 'One model a business entity: bookings live in core.',
  },
  {
    kind: 'module',
    from: 'models/customer',
    to: 'core',
    symbols: ['Customer'],
    since,
    removedIn,
    reason: 'One model a business entity: customers live in core.',
  },
  {
    kind: 'module',
    from: 'models/lead',
    to: 'lead',
    symbols: [
      'Lead',
      'LeadContact',
      'LeadContext',
      'LeadEvent',
      'LeadSource',
      'LeadStatus',
      'LeadQuality',
      'ContactChannel',
    ],
    since,
    removedIn,
    reason: 'The lead domain is the comprehensive lead system.',
  },
  {
    kind: 'module',
    from: 'models/newsletter',
    to: 'newsletter',
    symbols: [
      'Subscriber',
      'Campaign',
      'CampaignEvent',
      'SMSDeliveryEvent',
      'CampaignChannel',
      'CampaignStatus',
      'CampaignEventType',
      'SMSDeliveryStatus',
    ],
    since,
    removedIn,
    reason: 'The newsletter domain is the full campaign and SMS system.',
  },
  {
    kind: 'module',
    from: 'models/escalation',
    to: 'support_communications',
    symbols: ['Escalation', 'EscalationStatus', 'EscalationPriority', 'EscalationMethod'],
    since,
    removedIn,
    reason: 'Escalations belong to support communications.',
  },
  {
    kind: 'module',
    from: 'models/call_recording',
    to: 'support_communications',
    symbols: ['CallRecording', 'RecordingStatus', 'RecordingType'],
    since,
    removedIn,
    reason: 'Call recordings belong to support communications.',
  },
  {
    kind: 'module',
    from: 'models/role',
    to: 'identity',
    symbols: ['Role', 'Permission', 'RoleType'],
    since,
    removedIn,
    reason: 'Roles and permissions belong to identity.',
  },
  {
    kind: 'module',
    from: 'core/auth/station_models',
    to: 'identity',
    symbols: ['Station', 'StationAuditLog', 'StationAccessToken', 'StationRole', 'StationPermission', 'StationStatus'],
    since,
    removedIn,
    reason: 'A duplicate of the station models in identity.',
  },
  {
    kind: 'module',
    from: 'core/auth/models',
    to: 'identity',
    symbols: ['StationUser'],
    since,
    removedIn,
    reason: 'A duplicate model of a table that did not exist; identity has the real one.',
  },
  {
    kind: 'module',
    from: 'models/review',
    to: 'feedback_marketing',
    symbols: ['CustomerReviewBlogPost', 'ReviewApprovalLog'],
    since,
    reason: 'Published reviews are a system of their own; their path is kept.',
  },
  {
    kind: 'module',
    from: 'models/knowledge_base',
    to: 'knowledge_base',
    symbols: ['PricingTier', 'PricingTierLevel'],
    since,
    reason: 'Pricing tiers are business rules; their path is kept.',
  },

  // Symbols with a new name or a home of their own
  {
    kind: 'symbol',
    from: 'models/social#SocialAccount',
    to: 'lead#BusinessSocialAccount',
    since,
    removedIn,
    reason: 'Named for what it is: an account of the business, not a login.',
  },
  {
    kind: 'symbol',
    from: 'models/social#SocialIdentity',
    to: 'lead#CustomerSocialIdentity',
    since,
    removedIn,
    reason: "Named for whose it is: a customer's.",
  },
  {
    kind: 'symbol',
    from: 'models/social#SocialThread',
    to: 'lead#LeadSocialThread',
    since,
    removedIn,
    reason: 'Social threads belong to leads.',
  },
  {
    kind: 'symbol',
    from: 'models/social#CustomerReview',
    to: 'feedback_marketing#CustomerReview',
    since,
    removedIn,
    reason: 'Event reviews belong to feedback and marketing.',
  },
  {
    kind: 'symbol',
    from: 'models/social#DiscountCoupon',
    to: 'feedback_marketing#DiscountCoupon',
    since,
    removedIn,
    reason: 'Coupons reward feedback and belong with it.',
  },
  {
    kind: 'symbol',
    from: 'core/auth/station_models#UserStationAssignment',
    to: 'identity#StationUser',
    since,
    removedIn,
    reason: 'StationUser is the one assignment of a user to a station.',
  },

  // The barrel of the old models
  {
    kind: 'barrel',
    from: 'models',
    since,
    removedIn,
    reason: 'Import from the domain that owns the model.',
  },

  ...serviceModules,
];
