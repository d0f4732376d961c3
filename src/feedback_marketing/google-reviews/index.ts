export type { PostgresDatabase } from '../../database.ts';
export type { Page, PageRequest } from '../../keyset.ts';
export type { Notification, Recipient } from '../../notification.ts';
export type { CandidateReason } from './candidate-queries.ts';
export { type CustomerCandidate, listCustomerCandidates } from './candidates.ts';
export { fetchGoogleReviews } from './fetch.ts';
export {
  FetchGoogleReviewsInput,
  type GoogleAccessToken,
  LinkExternalReviewInput,
  ListCustomerCandidatesInput,
  ListExternalReviewsInput,
  ReplyToGoogleReviewInput,
  SyncGoogleReviewsInput,
} from './inputs.ts';
export { linkExternalReview } from './link.ts';
export { type ListedExternalReview, listExternalReviews } from './list.ts';
export type { GoogleReview, GoogleReviewPage, GoogleReviewPages } from './parse.ts';
export { type InStation, replyToGoogleReview } from './reply.ts';
export type { GoogleReviewSync } from './run-result.ts';
export type { ExternalReviewEscalated } from './store.ts';
export { syncGoogleReviews } from './sync.ts';
