/**
 * What a verb needs that has no station user: a public one (a published page, a link with a token, a webhook), or one of a worker.
 * It runs on an ordinary login role outside the station groups.
 */
export interface VerbGrants {
  readonly kind: 'public' | 'worker';
  /** As in `SELECT ON public.bookings`, with columns for what it changes of tables that hold more. */
  readonly grants: readonly string[];
}

const readsPublishedReviews = [
  'SELECT ON public.customer_review_blog_posts',
  'SELECT (id, customer_id, status) ON public.bookings',
];
const countsReaders = [
  'SELECT ON public.customer_review_blog_posts',
  'UPDATE (likes_count, helpful_count, updated_at) ON public.customer_review_blog_posts',
];
const sendsReviewRequests = [
  'SELECT, UPDATE ON public.event_review_requests',
  'SELECT ON public.event_customer_reviews',
  'SELECT (id, customer_id, station_id, event_date, status) ON public.bookings',
  'SELECT (id, first_name, email, phone) ON public.customers',
  'SELECT (id, display_name) ON identity.stations',
];
const opensReviewRequests = [
  'SELECT ON public.event_review_requests',
  'SELECT ON public.event_customer_reviews',
  'SELECT (id, event_date) ON public.bookings',
  'SELECT (id, first_name) ON public.customers',
  'SELECT (id, display_name, settings) ON identity.stations',
];
const sendsCouponReminders = [
  'SELECT ON public.discount_coupons',
  'SELECT ON public.customers',
  'UPDATE (coupon_metadata, reminder_lease_until, reminder_lease_token, updated_at) ON public.discount_coupons',
];

const checksTokens = [
  'SELECT ON identity.station_access_tokens',
  'SELECT ON identity.station_users',
  'SELECT (id, status, is_super_admin) ON identity.users',
  'SELECT ON identity.stations',
];
const writesTokens = [
  ...checksTokens,
  'INSERT, UPDATE ON identity.station_access_tokens',
  'INSERT ON identity.station_audit_logs',
  // Locks of rows take a right to change them.
  'UPDATE (last_login_at) ON identity.users',
  'UPDATE (updated_at) ON identity.stations',
];

/** The grants of each verb without a station user, by its subpath: the single list, which `docs/reference/grants.md` shows. */
export const verbGrants = {
  'identity/tokens': {
    verifyStationToken: {
      kind: 'public',
      grants: [...writesTokens, 'SELECT, INSERT, UPDATE, DELETE ON identity.station_token_failures'],
    },
    issueStationToken: { kind: 'public', grants: writesTokens },
    rotateStationToken: { kind: 'public', grants: writesTokens },
    revokeStationTokens: { kind: 'public', grants: writesTokens },
  },
  'feedback_marketing/blog-reviews': {
    submitBlogReview: {
      kind: 'public',
      grants: [
        'SELECT, INSERT ON public.customer_review_blog_posts',
        'INSERT ON public.review_approval_log',
        'SELECT (id, customer_id) ON public.bookings',
      ],
    },
    listPublishedBlogReviews: { kind: 'public', grants: readsPublishedReviews },
    findPublishedBlogReview: {
      kind: 'public',
      grants: [...readsPublishedReviews, 'SELECT ON public.blog_review_slugs'],
    },
    likeBlogReview: { kind: 'public', grants: countsReaders },
    markBlogReviewHelpful: { kind: 'public', grants: countsReaders },
  },
  'feedback_marketing/event-reviews': {
    requestEventReviews: {
      kind: 'worker',
      grants: [
        'SELECT (id, booking_id), INSERT ON public.event_review_requests',
        'SELECT ON public.event_customer_reviews',
        'SELECT (id, customer_id, station_id, event_date, status) ON public.bookings',
      ],
    },
    claimReviewRequests: { kind: 'worker', grants: sendsReviewRequests },
    claimReviewReminders: { kind: 'worker', grants: sendsReviewRequests },
    markReviewRequestSent: { kind: 'worker', grants: ['SELECT, UPDATE ON public.event_review_requests'] },
    markReviewRequestFailed: { kind: 'worker', grants: ['SELECT, UPDATE ON public.event_review_requests'] },
    getEventReviewRequest: {
      kind: 'public',
      grants: [...opensReviewRequests, 'SELECT (code, review_id, status) ON public.discount_coupons'],
    },
    submitEventReview: {
      kind: 'public',
      grants: [
        ...opensReviewRequests,
        'UPDATE (review_id, updated_at) ON public.event_review_requests',
        'INSERT ON public.event_customer_reviews',
        'INSERT ON public.review_escalations',
      ],
    },
  },
  'feedback_marketing/coupons': {
    expireCoupons: {
      kind: 'worker',
      grants: ['SELECT ON public.discount_coupons', 'UPDATE (status, updated_at) ON public.discount_coupons'],
    },
    claimCouponReminders: { kind: 'worker', grants: sendsCouponReminders },
    markCouponReminderSent: { kind: 'worker', grants: sendsCouponReminders },
  },
  'feedback_marketing/google-reviews': {
    syncGoogleReviews: {
      kind: 'worker',
      grants: [
        'SELECT, INSERT, UPDATE ON public.external_reviews',
        'SELECT, INSERT, UPDATE ON public.external_review_syncs',
        'SELECT (id, display_name, settings) ON identity.stations',
      ],
    },
  },
} satisfies Readonly<Record<string, Readonly<Record<string, VerbGrants>>>>;

/**
 * The statements that let a login role run verbs: the schemas' USAGE, and what the verbs need, each once.
 *
 * @param role The role, as SQL.
 */
export function grantStatements(role: string, verbs: readonly VerbGrants[]): string[] {
  const needed = [...new Set(verbs.flatMap(({ grants }) => grants))].sort();
  const schemas = [...new Set(needed.map((grant) => / ON (\w+)\./.exec(grant)?.[1] ?? ''))].sort();
  return [
    `GRANT USAGE ON SCHEMA ${schemas.join(', ')} TO ${role};`,
    ...needed.map((grant) => `GRANT ${grant} TO ${role};`),
  ];
}
