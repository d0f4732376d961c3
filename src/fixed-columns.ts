/**
 * The columns that keep the value they were inserted with, by table and by their names in TypeScript, in addition to {@link alwaysFixed}.
 * Update schemas leave them out. `all` marks a table whose rows never change: a trigger refuses it.
 */
export const fixedColumns = {
  // Primary keys under other names than `id`
  'identity.user_roles': ['userId', 'roleId'],
  'public.campaign_sms_limits': ['campaignId'],
  'public.lead_context': ['leadId'],

  // The audit trail
  'identity.station_audit_chains': 'all',
  'identity.station_audit_logs': 'all',
  'identity.station_audit_origins': 'all',
  'identity.station_audit_seals': 'all',
} as const satisfies Readonly<Record<string, readonly string[] | 'all'>>;

/** The columns that an update never sets, in every table: its key, and the times that Drizzle and the database keep. */
export const alwaysFixed = ['id', 'createdAt', 'updatedAt'] as const;

type FixedColumns = typeof fixedColumns;

/** The tables whose rows never change, as in `identity.station_audit_logs`. */
export type AppendOnlyTable = {
  [Name in keyof FixedColumns]: FixedColumns[Name] extends 'all' ? Name : never;
}[keyof FixedColumns];
