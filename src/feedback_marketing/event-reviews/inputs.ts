import { z } from 'zod';
import { aMoment, anId, someText } from '../../input.ts';
import { pageFields } from '../../page-fields.ts';

const hours = z
  .number()
  .min(0)
  .max(366 * 24);
const claimFields = {
  /** How many at most, 1 to 100. @default 20 */
  limit: z.int().min(1).max(100).default(20),
  /** How long nobody else gets them, in seconds: 10 to 86,400. @default 300 */
  leaseSeconds: z.int().min(10).max(86_400).default(300),
};
const leaseFields = {
  requestId: anId,
  /** Of the claim. */
  leaseToken: anId,
};

export const RequestEventReviewsInput = z
  .strictObject({
    /** The event was at least so many hours ago. @default 23 */
    minHoursAgo: hours.default(23),
    /** The event was less than so many hours ago. @default 25 */
    maxHoursAgo: hours.default(25),
  })
  .refine(({ minHoursAgo, maxHoursAgo }) => minHoursAgo < maxHoursAgo, {
    path: ['maxHoursAgo'],
    message: 'Too small: expected more than minHoursAgo',
  });
export type RequestEventReviewsInput = z.input<typeof RequestEventReviewsInput>;

export const ClaimReviewRequestsInput = z.strictObject(claimFields);
export type ClaimReviewRequestsInput = z.input<typeof ClaimReviewRequestsInput>;

export const ClaimReviewRemindersInput = z.strictObject(claimFields);
export type ClaimReviewRemindersInput = z.input<typeof ClaimReviewRemindersInput>;

export const MarkReviewRequestSentInput = z.strictObject({
  ...leaseFields,
  /** What the provider calls the message. */
  messageId: someText(1, 255).optional(),
});
export type MarkReviewRequestSentInput = z.input<typeof MarkReviewRequestSentInput>;

export const MarkReviewRequestFailedInput = z.strictObject({
  ...leaseFields,
  /** Why, without personal data. */
  failure: someText(1, 1000),
});
export type MarkReviewRequestFailedInput = z.input<typeof MarkReviewRequestFailedInput>;

/** Any text is taken for a token: which ones open nothing is not told apart. */
const token = z.string();

export const GetEventReviewRequestInput = z.strictObject({ token });
export type GetEventReviewRequestInput = z.input<typeof GetEventReviewRequestInput>;

export const SubmitEventReviewInput = z.strictObject({
  token,
  stars: z.int().min(1).max(5),
  /** Required at 3 stars and below, unless `settings.reviews` of the station says otherwise. At most 5,000 characters. */
  text: someText(0, 5000).default(''),
});
export type SubmitEventReviewInput = z.input<typeof SubmitEventReviewInput>;

export const ModerateEventReviewInput = z
  .strictObject({
    reviewId: anId,
    status: z.enum(['approved', 'rejected', 'flagged']),
    /** Why: required to reject and to flag. */
    notes: someText(1, 2000).optional(),
  })
  .refine(({ status, notes }) => status === 'approved' || notes !== undefined, {
    path: ['notes'],
    message: 'Invalid input: expected why the review is rejected or flagged',
  });
export type ModerateEventReviewInput = z.input<typeof ModerateEventReviewInput>;

export const FeatureEventReviewInput = z.strictObject({
  reviewId: anId,
  /** False takes it down again. @default true */
  isFeatured: z.boolean().default(true),
});
export type FeatureEventReviewInput = z.input<typeof FeatureEventReviewInput>;

export const RecordReviewedElsewhereInput = z.strictObject({
  reviewId: anId,
  site: z.enum(['google', 'yelp']),
  /** When the customer reviewed the event there; not in the future. @default now */
  at: aMoment.optional(),
});
export type RecordReviewedElsewhereInput = z.input<typeof RecordReviewedElsewhereInput>;

export const EscalateEventReviewInput = z.strictObject({
  reviewId: anId,
  /** @default 'urgent' */
  priority: z.enum(['low', 'medium', 'high', 'urgent']).default('urgent'),
  reason: someText(10, 500),
});
export type EscalateEventReviewInput = z.input<typeof EscalateEventReviewInput>;

export const AssignReviewEscalationInput = z.strictObject({
  escalationId: anId,
  /** A user with access to the station. */
  assigneeId: anId,
});
export type AssignReviewEscalationInput = z.input<typeof AssignReviewEscalationInput>;

export const ResolveReviewEscalationInput = z.strictObject({
  escalationId: anId,
  /** What was done. */
  notes: someText(1, 2000),
});
export type ResolveReviewEscalationInput = z.input<typeof ResolveReviewEscalationInput>;

export const ReopenReviewEscalationInput = z.strictObject({ escalationId: anId });
export type ReopenReviewEscalationInput = z.input<typeof ReopenReviewEscalationInput>;

export const ListOpenReviewEscalationsInput = z.strictObject({
  /** By when they were opened. @default 'newest' first */
  order: z.enum(['newest', 'oldest']).default('newest'),
  ...pageFields,
});
export type ListOpenReviewEscalationsInput = z.input<typeof ListOpenReviewEscalationsInput>;

export const GetEventReviewStatsInput = z.strictObject({
  /** Reviews and requests from then on. @default all */
  from: aMoment.optional(),
  /** Reviews and requests before then. @default all */
  to: aMoment.optional(),
});
export type GetEventReviewStatsInput = z.input<typeof GetEventReviewStatsInput>;
