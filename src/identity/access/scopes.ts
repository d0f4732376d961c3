import type { StationPermission } from '../station-role.ts';

/** The permission that each command on a row requires at the row's station. `never`: no permission is enough. */
export interface CommandPermissions {
  readonly select: StationPermission;
  readonly insert: StationPermission | 'never';
  readonly update: StationPermission | 'never';
  readonly delete: StationPermission | 'never';
}

/** A column that refers to a row of another table, as in `{ column: 'customer_id', table: 'public.customers' }`. */
export interface StationReference {
  readonly column: string;
  /** A scoped table, with its PostgreSQL schema. */
  readonly table: string;
  /** The column of that table which it refers to. Default: `id`. */
  readonly key?: string;
}

/** A column names the station of each row. */
export interface OwnStation {
  readonly by: 'column';
  readonly column: 'station_id' | 'id';
  /** Whether rows without a station are of the whole business: every station reads them and refers to them, and writes none. */
  readonly isShared?: true;
  readonly permissions: CommandPermissions;
  /** What else the rows reference. It has to be of the same station when it is written. */
  readonly references?: readonly StationReference[];
  /** What else must hold for a row that is written, changed or deleted, as SQL. */
  readonly writable?: string;
}

/** The rows belong to the station of a row that they reference: the first of these references that is set. */
export interface ParentStation {
  readonly by: 'parent';
  readonly parents: readonly [StationReference, ...StationReference[]];
  readonly permissions: CommandPermissions;
}

/** A column names the station; rows in which it is not set belong to the station of the first reference that is. */
export interface OwnElseParentStation {
  readonly by: 'column, else parent';
  readonly column: 'station_id';
  /** Each has to be of the row's station when it is written. */
  readonly parents: readonly [StationReference, ...StationReference[]];
  readonly permissions: CommandPermissions;
}

/** The rows belong to no station. */
export interface NoStation {
  readonly by: 'none';
  /** Why, for readers. */
  readonly reason: string;
  /** What services in the restricted group may do with the table. */
  readonly access: 'read' | 'none';
  /** Also insert rows, if the permission holds at the station of the context. */
  readonly insert?: {
    readonly permission: StationPermission;
    /** What the rows reference. It has to be of the station of the context. */
    readonly references: readonly StationReference[];
    /** What else must hold for a row, as SQL. */
    readonly writable: string;
  };
}

/** Which station the rows of a table belong to. */
export type StationScope = BelongingToStation | NoStation;

/** How a row leads to its station. */
export type BelongingToStation = OwnStation | ParentStation | OwnElseParentStation;

const customers = {
  select: 'customer.read',
  insert: 'customer.create',
  update: 'customer.update',
  delete: 'customer.delete',
} as const;
const reviews = { ...customers, insert: 'customer.update' } as const;
/** What customers said stays: another row under its id would be another text. */
const wordsOfCustomers = { ...reviews, delete: 'never' } as const;
const messages = {
  select: 'message.read',
  insert: 'message.send',
  update: 'message.send',
  delete: 'message.delete',
} as const;
const emails = { ...messages, insert: 'email.send' } as const;
const leads = {
  select: 'lead.read',
  insert: 'lead.create',
  update: 'lead.update',
  delete: 'system.config',
} as const;
const partsOfLeads = { ...leads, insert: 'lead.update' } as const;
const conversations = {
  select: 'ai.chat',
  insert: 'ai.chat',
  update: 'ai.chat',
  delete: 'system.config',
} as const;
const sms = { select: 'customer.read', insert: 'sms.send', update: 'sms.send', delete: 'system.config' } as const;

const ofCustomer: StationReference = { column: 'customer_id', table: 'public.customers' };
const ofBooking: StationReference = { column: 'booking_id', table: 'public.bookings' };
const ofLead: StationReference = { column: 'lead_id', table: 'public.leads' };
const ofSubscriber: StationReference = { column: 'subscriber_id', table: 'public.subscribers' };

/**
 * Which station the rows of each table belong to, and which permissions reading and writing them requires: the single list that the
 * row-level security policies of the models are built from. A table is either scoped, or named here with the reason why it is not.
 *
 * A row whose station is unknown (its column is null, or the row that it references has none) is for `super_admin` alone, unless the table
 * is shared.
 *
 * @example
 * stationScopes['public.bookings'].permissions.delete; // 'booking.cancel'
 */
export const stationScopes = {
  // core
  'public.customers': { by: 'column', column: 'station_id', permissions: customers },
  'public.bookings': {
    by: 'column',
    column: 'station_id',
    permissions: {
      select: 'booking.read',
      insert: 'booking.create',
      update: 'booking.update',
      delete: 'booking.cancel',
    },
    references: [ofCustomer, { column: 'pricing_tier_id', table: 'public.pricing_tiers' }],
  },
  'public.chefs': { by: 'none', access: 'read', reason: 'Chefs cook for every station.' },
  'public.customer_message_threads': {
    by: 'column',
    column: 'station_id',
    permissions: messages,
    references: [ofCustomer],
  },
  'public.customer_messages': {
    by: 'parent',
    parents: [{ column: 'thread_id', table: 'public.customer_message_threads' }],
    permissions: messages,
  },

  // identity
  'identity.stations': {
    by: 'column',
    column: 'id',
    permissions: {
      select: 'station.read',
      insert: 'station.create',
      update: 'station.update',
      delete: 'station.delete',
    },
  },
  'identity.station_users': {
    by: 'column',
    column: 'station_id',
    permissions: {
      select: 'station.read',
      insert: 'station.manage_users',
      update: 'station.manage_users',
      delete: 'station.manage_users',
    },
    writable: 'identity.may_assign(role, additional_permissions)',
  },
  'identity.station_access_tokens': {
    by: 'column',
    column: 'station_id',
    permissions: { select: 'station.manage_users', insert: 'never', update: 'never', delete: 'never' },
  },
  'identity.station_audit_logs': {
    by: 'column',
    column: 'station_id',
    permissions: { select: 'audit.read', insert: 'station.read', update: 'never', delete: 'never' },
    writable: 'user_id = (SELECT identity.user_in_context())',
  },
  'identity.station_audit_chains': {
    by: 'none',
    access: 'none',
    reason: 'A trigger keeps it, and verifyAuditTrail reads it with a role of its own.',
  },
  'identity.station_audit_seals': { by: 'none', access: 'none', reason: 'A part of the chains of the audit trail.' },
  'identity.station_audit_origins': { by: 'none', access: 'none', reason: 'A part of the chains of the audit trail.' },
  'identity.station_token_failures': {
    by: 'none',
    access: 'none',
    reason: 'Counts of refused tokens. The service that verifies tokens keeps it, with a role of its own.',
  },
  'identity.users': {
    by: 'none',
    access: 'none',
    reason: 'A login reaches any number of stations. The service that logs people in reads it, with a role of its own.',
  },
  'identity.oauth_accounts': {
    by: 'none',
    access: 'none',
    reason: 'Logins of admin staff. The service that logs people in reads them, with a role of its own.',
  },
  'identity.user_roles': { by: 'none', access: 'none', reason: 'Roles outside of stations, kept with the logins.' },
  'identity.roles': { by: 'none', access: 'read', reason: 'What each role may do is the same at every station.' },
  'identity.permissions': { by: 'none', access: 'read', reason: 'Permissions are the same at every station.' },
  'identity.role_permissions': {
    by: 'none',
    access: 'read',
    reason: 'What each role may do is the same at every station.',
  },

  // knowledge_base
  'public.pricing_tiers': {
    by: 'column',
    column: 'station_id',
    isShared: true,
    permissions: {
      select: 'booking.read',
      insert: 'station.update',
      update: 'station.update',
      delete: 'station.update',
    },
  },

  // lead
  'public.leads': { by: 'column, else parent', column: 'station_id', parents: [ofCustomer], permissions: leads },
  'public.lead_contacts': { by: 'parent', parents: [ofLead], permissions: partsOfLeads },
  'public.lead_context': { by: 'parent', parents: [ofLead], permissions: partsOfLeads },
  'public.lead_events': { by: 'parent', parents: [ofLead], permissions: partsOfLeads },
  'public.lead_social_threads': {
    by: 'column, else parent',
    column: 'station_id',
    parents: [ofCustomer, ofLead],
    permissions: leads,
  },
  'public.customer_social_identities': { by: 'parent', parents: [ofCustomer], permissions: customers },
  'public.business_social_accounts': {
    by: 'column',
    column: 'station_id',
    isShared: true,
    permissions: {
      select: 'lead.read',
      insert: 'station.update',
      update: 'station.update',
      delete: 'station.update',
    },
  },

  // newsletter
  'public.subscribers': { by: 'parent', parents: [ofCustomer], permissions: customers },
  'public.campaign_events': { by: 'parent', parents: [ofSubscriber], permissions: sms },
  'public.sms_send_queue': { by: 'parent', parents: [ofSubscriber], permissions: sms },
  'public.sms_delivery_events': {
    by: 'parent',
    parents: [{ column: 'campaign_event_id', table: 'public.campaign_events' }],
    permissions: sms,
  },
  'public.campaigns': { by: 'none', access: 'read', reason: 'Campaigns are of the business, not of a station.' },
  'public.campaign_sms_limits': { by: 'none', access: 'read', reason: 'A part of its campaign.' },
  'public.sms_templates': { by: 'none', access: 'read', reason: 'Texts that all stations send.' },

  // feedback_marketing
  'public.event_customer_reviews': { by: 'parent', parents: [ofBooking, ofCustomer], permissions: wordsOfCustomers },
  'public.review_escalations': {
    by: 'column, else parent',
    column: 'station_id',
    parents: [{ column: 'review_id', table: 'public.event_customer_reviews' }],
    permissions: reviews,
  },
  'public.customer_review_blog_posts': {
    by: 'parent',
    parents: [ofBooking, ofCustomer],
    permissions: wordsOfCustomers,
  },
  'public.review_approval_log': {
    by: 'parent',
    parents: [{ column: 'review_id', table: 'public.customer_review_blog_posts' }],
    permissions: { ...reviews, update: 'never', delete: 'never' },
  },
  'public.blog_review_slugs': {
    by: 'parent',
    parents: [{ column: 'review_id', table: 'public.customer_review_blog_posts' }],
    permissions: reviews,
  },
  'public.event_review_requests': {
    by: 'column, else parent',
    column: 'station_id',
    parents: [ofBooking, ofCustomer, { column: 'review_id', table: 'public.event_customer_reviews' }],
    permissions: { select: 'customer.read', insert: 'never', update: 'never', delete: 'never' },
  },
  'public.coupon_redemptions': {
    by: 'column, else parent',
    column: 'station_id',
    parents: [ofBooking, ofCustomer],
    permissions: { select: 'booking.read', insert: 'booking.update', update: 'booking.update', delete: 'never' },
  },
  'public.external_reviews': {
    by: 'column',
    column: 'station_id',
    references: [ofCustomer],
    permissions: { select: 'customer.read', insert: 'never', update: 'customer.update', delete: 'never' },
  },
  'public.external_review_syncs': {
    by: 'column',
    column: 'station_id',
    permissions: { select: 'customer.read', insert: 'never', update: 'never', delete: 'never' },
  },
  'public.discount_coupons': {
    by: 'none',
    access: 'read',
    reason: 'A coupon is good at every station.',
    insert: {
      permission: 'customer.update',
      references: [ofCustomer, { column: 'review_id', table: 'public.event_customer_reviews' }],
      // A coupon that makes up for no complaint, or for more than one customer's, is for those who run the station.
      writable:
        "issued_by = (SELECT identity.user_in_context()) AND ((review_id IS NOT NULL AND customer_id IS NOT NULL AND max_uses = 1) OR (SELECT identity.permitted_station('station.update')) IS NOT NULL)",
    },
  },
  'public.qr_codes': { by: 'none', access: 'read', reason: 'Codes of the business, printed for every station.' },
  'public.qr_scans': {
    by: 'none',
    access: 'none',
    reason: 'Addresses and devices of visitors, from which no station follows.',
  },

  // support_communications
  'public.ai_conversations': {
    by: 'column, else parent',
    column: 'station_id',
    parents: [ofCustomer],
    permissions: conversations,
  },
  'public.ai_messages': {
    by: 'parent',
    parents: [{ column: 'conversation_id', table: 'public.ai_conversations' }],
    permissions: conversations,
  },
  'public.escalations': { by: 'column', column: 'station_id', permissions: messages },
  'public.call_recordings': {
    by: 'parent',
    parents: [{ column: 'escalation_id', table: 'public.escalations' }],
    permissions: messages,
  },
  'public.email_threads': { by: 'column', column: 'station_id', permissions: emails },
  'public.email_messages': {
    by: 'parent',
    parents: [{ column: 'thread_id', table: 'public.email_threads', key: 'thread_id' }],
    permissions: emails,
  },
} as const satisfies Record<string, StationScope>;

/** The scope of a table, given its name with its PostgreSQL schema. */
export function stationScopeOf(table: string): StationScope | undefined {
  return (stationScopes as Readonly<Record<string, StationScope>>)[table];
}

/** A table whose rows belong to stations, with its PostgreSQL schema. */
export type ScopedTable = {
  [Name in keyof typeof stationScopes]: (typeof stationScopes)[Name] extends NoStation ? never : Name;
}[keyof typeof stationScopes];

/** A table that has policies: one whose rows belong to stations, or one that every station may add rows to. */
export type GuardedTable =
  | ScopedTable
  | {
      [Name in keyof typeof stationScopes]: (typeof stationScopes)[Name] extends { readonly insert: object }
        ? Name
        : never;
    }[keyof typeof stationScopes];
