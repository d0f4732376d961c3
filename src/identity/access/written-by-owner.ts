/**
 * The tables that functions with the rights of their owner write for everybody. A trigger on one of them runs with these rights, so nobody but
 * the owner may put one there.
 */
export const writtenByOwner = [
  'identity.station_audit_logs',
  'identity.station_audit_chains',
  'identity.station_audit_seals',
  'identity.station_audit_origins',
  'identity.station_access_tokens',
  'identity.station_token_failures',
  'public.discount_coupons',
  'public.review_approval_log',
] as const;
