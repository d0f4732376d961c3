import { foreignKey, index, integer, pgTable, uuid, varchar } from 'drizzle-orm/pg-core';
import { createdAt, timestamptz, updatedAt } from '../columns.ts';
import { Campaign } from './campaign.ts';

/** How many SMS a campaign may send, and what they cost. */
export const CampaignSMSLimit = pgTable(
  'campaign_sms_limits',
  {
    campaignId: uuid('campaign_id').primaryKey(),

    // Monthly limit
    monthlySmsLimit: integer('monthly_sms_limit').notNull().default(1000),
    monthlySmsUsed: integer('monthly_sms_used').notNull().default(0),
    currentMonth: varchar('current_month', { length: 7 }).notNull(),

    // Campaign limit
    campaignSmsLimit: integer('campaign_sms_limit'),
    campaignSmsSent: integer('campaign_sms_sent').notNull().default(0),
    campaignSmsQueued: integer('campaign_sms_queued').notNull().default(0),
    campaignSmsFailed: integer('campaign_sms_failed').notNull().default(0),

    // Cost, in cents
    costPerSmsCents: integer('cost_per_sms_cents').notNull().default(75),
    totalCostCents: integer('total_cost_cents').notNull().default(0),

    // Limits reached and alerts
    monthlyLimitExceededAt: timestamptz('monthly_limit_exceeded_at'),
    campaignLimitExceededAt: timestamptz('campaign_limit_exceeded_at'),
    limitExceededAction: varchar('limit_exceeded_action', { length: 50 }).notNull().default('pause'),
    alertAtPercentage: integer('alert_at_percentage').notNull().default(80),
    alertSentAt: timestamptz('alert_sent_at'),

    // Bookkeeping
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    foreignKey({
      name: 'campaign_sms_limits_campaign_id_fkey',
      columns: [table.campaignId],
      foreignColumns: [Campaign.id],
    }).onDelete('cascade'),
    index('idx_campaign_sms_limits_exceeded').on(table.monthlyLimitExceededAt),
    index('idx_campaign_sms_limits_month').on(table.currentMonth),
  ],
);
export type CampaignSMSLimit = typeof CampaignSMSLimit.$inferSelect;
export type NewCampaignSMSLimit = typeof CampaignSMSLimit.$inferInsert;
