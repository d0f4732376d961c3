import {
  ApproveBlogReviewInput,
  approveBlogReview,
  listPendingBlogReviews,
  RejectBlogReviewInput,
  ResubmitBlogReviewInput,
  rejectBlogReview,
  resubmitBlogReview,
  UnpublishBlogReviewInput,
  unpublishBlogReview,
} from 'canonical-models/feedback_marketing/blog-reviews';
import { CustomerReviewBlogPostSelect } from 'canonical-models/feedback_marketing/json';
import { z } from 'zod';
import { PageQuery, pageOf } from '../../page.ts';
import { stationRoute } from '../../route.ts';

const ReviewId = z.object({ reviewId: z.guid() });

const Pending = CustomerReviewBlogPostSelect.extend({
  mediaCount: z.int(),
  imageCount: z.int(),
  videoCount: z.int(),
  hasExternalReviews: z.boolean(),
  isVerified: z.boolean(),
});

/** The review after a decision, and what its customer is to be told: the client decides whether that is sent. */
const Moderated = z.object({
  review: CustomerReviewBlogPostSelect,
  notification: z.object({
    kind: z.string(),
    to: z.record(z.string(), z.unknown()),
    content: z.record(z.string(), z.unknown()),
  }),
});

const decision = { method: 'post', params: ReviewId, answer: Moderated, refuses: [404, 409] } as const;

export default [
  stationRoute({
    method: 'get',
    path: '/api/blog-reviews/pending',
    summary: 'The reviews that wait for a decision, the oldest first',
    query: PageQuery,
    answer: pageOf(Pending),
    handle: ({ tx, query }) => listPendingBlogReviews(tx, query),
  }),
  stationRoute({
    ...decision,
    path: '/api/blog-reviews/:reviewId/approve',
    summary: 'Publish a review',
    body: ApproveBlogReviewInput.omit({ reviewId: true }),
    handle: ({ tx, params, body }) => approveBlogReview(tx, { ...params, ...body }),
  }),
  stationRoute({
    ...decision,
    path: '/api/blog-reviews/:reviewId/reject',
    summary: 'Reject a review: the customer is told the reason',
    body: RejectBlogReviewInput.omit({ reviewId: true }),
    handle: ({ tx, params, body }) => rejectBlogReview(tx, { ...params, ...body }),
  }),
  stationRoute({
    ...decision,
    path: '/api/blog-reviews/:reviewId/unpublish',
    summary: 'Take a published review down',
    body: UnpublishBlogReviewInput.omit({ reviewId: true }),
    handle: ({ tx, params, body }) => unpublishBlogReview(tx, { ...params, ...body }),
  }),
  stationRoute({
    ...decision,
    path: '/api/blog-reviews/:reviewId/resubmit',
    summary: 'Look at a rejected review again',
    body: ResubmitBlogReviewInput.omit({ reviewId: true }),
    answer: CustomerReviewBlogPostSelect,
    handle: ({ tx, params, body }) => resubmitBlogReview(tx, { ...params, ...body }),
  }),
];
