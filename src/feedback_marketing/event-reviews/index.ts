export type { PostgresDatabase } from '../../database.ts';
export type { Page, PageRequest } from '../../keyset.ts';
export type { Notification, Recipient } from '../../notification.ts';
export type { ExternalReviewSource } from '../external-review.ts';
export { assignReviewEscalation } from './assign-review-escalation.ts';
export type { ClaimedReviewRequest, ReviewRequestContent } from './claim.ts';
export { claimReviewReminders } from './claim-review-reminders.ts';
export { claimReviewRequests } from './claim-review-requests.ts';
export type { ReviewRequestDelivery } from './delivery.ts';
export { escalateEventReview } from './escalate-event-review.ts';
export type { EscalationOfReview } from './escalation.ts';
export { featureEventReview } from './feature-event-review.ts';
export { getEventReviewRequest, type OpenedEventReviewRequest } from './get-event-review-request.ts';
export { getEventReviewStats } from './get-event-review-stats.ts';
export * from './inputs.ts';
export { listOpenReviewEscalations, type OpenReviewEscalation } from './list-open-review-escalations.ts';
export { markReviewRequestFailed } from './mark-review-request-failed.ts';
export { markReviewRequestSent } from './mark-review-request-sent.ts';
export { moderateEventReview } from './moderate-event-review.ts';
export type {
  EscalatedEventReview,
  EscalatedReviewContent,
  SubmittedEventReview,
  SubmittedReviewContent,
} from './notifications.ts';
export type { EventReviewAnswer } from './open-request.ts';
export { recordReviewedElsewhere } from './record-reviewed-elsewhere.ts';
export { reopenReviewEscalation } from './reopen-review-escalation.ts';
export { type RequestedEventReviews, requestEventReviews } from './request-event-reviews.ts';
export { resolveReviewEscalation } from './resolve-review-escalation.ts';
export type { EventReviewRequestStats, EventReviewStarStats, EventReviewStats } from './stats.ts';
export { submitEventReview } from './submit-event-review.ts';
