import {
  listPublishedBlogReviews,
  SubmitBlogReviewInput,
  submitBlogReview,
} from 'canonical-models/feedback_marketing/blog-reviews';
import { z } from 'zod';
import { customerOf } from '../../customer-link.ts';
import { PageQuery, pageOf } from '../../page.ts';
import { publicRoute } from '../../route.ts';
import { atomFeed, jsonFeed } from './feeds.ts';
import { reviewPage } from './page.ts';
import { Published } from './published.ts';

export default [
  publicRoute({
    method: 'get',
    path: '/api/reviews',
    summary: 'The published reviews, the newest first',
    query: PageQuery,
    answer: pageOf(Published),
    handle: ({ db, query }) => listPublishedBlogReviews(db, query),
  }),
  publicRoute({
    method: 'post',
    path: '/api/reviews',
    summary: 'Submit a review by the link that the customer got; again, it is the same review',
    body: SubmitBlogReviewInput.omit({ customerId: true }).extend({ link: z.string().max(200) }),
    answer: z.object({ reviewId: z.guid(), status: z.string(), images: z.int(), videos: z.int() }),
    status: 201,
    refuses: [401, 404],
    handle({ db, body: { link, ...review }, services: { settings } }) {
      return submitBlogReview(db, { ...review, customerId: customerOf(link, settings.linkKey) });
    },
  }),
  reviewPage,
  atomFeed,
  jsonFeed,
];
