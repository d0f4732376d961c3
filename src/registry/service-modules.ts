import type { Domain } from './domains.ts';
import type { ServiceModuleRename } from './rename.ts';

/** What `db/models/<domain>` of the services had: its tables, its enums, and the names that were others there. */
const domains: Readonly<
  Record<
    Domain,
    {
      readonly tables: readonly string[];
      readonly enums: readonly string[];
      readonly renamed?: { readonly [name: string]: string };
    }
  >
> = {
  core: {
    tables: ['Booking', 'Chef', 'Customer', 'Message', 'MessageThread'],
    enums: ['BookingStatus', 'MessageChannel', 'ThreadStatus'],
    renamed: { CoreMessage: 'Message' },
  },
  feedback_marketing: {
    tables: [
      'CustomerReview',
      'CustomerReviewBlogPost',
      'DiscountCoupon',
      'QRCode',
      'QRScan',
      'ReviewApprovalLog',
      'ReviewEscalation',
    ],
    enums: ['ReviewStatus', 'BlogPostStatus', 'CouponStatus', 'QRCodeType', 'ReviewApprovalAction'],
  },
  identity: {
    tables: [
      'OAuthAccount',
      'Permission',
      'Role',
      'RolePermission',
      'Station',
      'StationAccessToken',
      'StationAuditLog',
      'StationUser',
      'User',
      'UserRole',
    ],
    enums: ['RoleType', 'StationStatus', 'StationPermission', 'StationRole', 'AuthProvider', 'UserStatus'],
    renamed: { GoogleOAuthAccount: 'OAuthAccount' },
  },
  knowledge_base: { tables: ['PricingTier'], enums: ['PricingTierLevel'] },
  lead: {
    tables: [
      'BusinessSocialAccount',
      'CustomerSocialIdentity',
      'Lead',
      'LeadContact',
      'LeadContext',
      'LeadEvent',
      'LeadSocialThread',
    ],
    enums: ['LeadQuality', 'LeadSource', 'LeadStatus', 'ContactChannel', 'SocialPlatform', 'SocialThreadStatus'],
    renamed: { SocialIdentity: 'CustomerSocialIdentity' },
  },
  newsletter: {
    tables: [
      'Campaign',
      'CampaignEvent',
      'CampaignSMSLimit',
      'SMSDeliveryEvent',
      'SMSSendQueue',
      'SMSTemplate',
      'Subscriber',
    ],
    enums: [
      'CampaignChannel',
      'CampaignStatus',
      'CampaignEventType',
      'SMSDeliveryStatus',
      'SMSQueueStatus',
      'TemplateSource',
      'TemplateStatus',
    ],
  },
  support_communications: {
    tables: ['AIConversation', 'AIMessage', 'CallRecording', 'EmailMessage', 'EmailThread', 'Escalation'],
    enums: [
      'AIChannel',
      'AIConversationStatus',
      'AIMessageRole',
      'RecordingStatus',
      'RecordingType',
      'EscalationMethod',
      'EscalationPriority',
      'EscalationStatus',
    ],
  },
};

const kind = 'service-module';
const since = '1.0.0';

/** Modules that services had as files of their own and this package never had. Part of `renames`. */
export const serviceModules: readonly ServiceModuleRename[] = [
  ...Object.entries(domains).flatMap(([domain, { tables, enums, renamed }]): ServiceModuleRename[] => {
    const to = domain as Domain;
    const moved = { kind, from: `db/models/${domain}`, to, symbols: [...tables, ...enums], since } as const;
    return [
      { ...moved, ...(renamed && { renamed }), reason: 'The same domain, in this package.' },
      {
        kind,
        from: 'models/enums',
        to,
        symbols: enums,
        since,
        reason: 'An enum stands beside the tables that use it.',
      },
    ];
  }),
  {
    kind,
    from: 'db/models/core',
    to: 'knowledge_base',
    symbols: ['PricingTier'],
    since,
    reason: 'A duplicate: pricing tiers are business rules.',
  },
  {
    kind,
    from: 'db/models/core',
    to: 'lead',
    symbols: [],
    renamed: { SocialThread: 'LeadSocialThread' },
    since,
    reason: 'A duplicate: social threads belong to leads.',
  },
  {
    kind,
    from: 'core/auth/oauth_models',
    to: 'identity',
    symbols: ['OAuthAccount'],
    since,
    reason: 'OAuth accounts belong to identity.',
  },
];
