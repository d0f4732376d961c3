import type { Notification } from '../../notification.ts';
import type { EscalationOfReview } from './escalation.ts';
import type { EventReviewAnswer } from './open-request.ts';

/** What the station is told of a new review. */
export interface SubmittedReviewContent {
  readonly reviewId: string;
  readonly stars: number;
  /** Of the escalation that the review opened, if it did. */
  readonly priority: 'low' | 'medium' | 'high' | undefined;
}

/** What `submitEventReview` did. */
export interface SubmittedEventReview {
  /** For the customer: the same for each call with a token of the request. */
  readonly answer: EventReviewAnswer;
  /** To send. Of all calls, the one that wrote the review has it. */
  readonly notifications: readonly Notification<'event-review-submitted', SubmittedReviewContent>[];
}

/** What the station is told of an escalation. */
export interface EscalatedReviewContent {
  readonly escalationId: string;
  readonly reviewId: string;
  readonly stars: number;
  readonly priority: 'low' | 'medium' | 'high' | 'urgent';
  readonly reason: string;
}

/** What `escalateEventReview` did. */
export interface EscalatedEventReview {
  readonly escalation: EscalationOfReview;
  /** To send. A call that opened nothing has none. */
  readonly notifications: readonly Notification<'event-review-escalated', EscalatedReviewContent>[];
}
