import {
  getEventReviewRequest,
  SubmitEventReviewInput,
  submitEventReview,
} from 'canonical-models/feedback_marketing/event-reviews';
import { z } from 'zod';
import { publicRoute } from '../../route.ts';

const Link = z.object({ token: z.string().max(200) });

const Answer = z.object({
  reviewId: z.guid(),
  stars: z.int(),
  submittedAt: z.iso.datetime(),
  links: z.record(z.string(), z.string()),
});

export default [
  publicRoute({
    method: 'get',
    path: '/api/event-reviews/:token',
    summary: 'What the page behind the link of a customer shows',
    params: Link,
    answer: z.object({
      firstName: z.string().nullable(),
      stationName: z.string().nullable(),
      eventDate: z.iso.datetime(),
      textRequiredUpTo: z.int(),
      review: Answer.optional(),
      couponCode: z.string().optional(),
    }),
    refuses: [404],
    handle: ({ db, params }) => getEventReviewRequest(db, params),
  }),
  publicRoute({
    method: 'post',
    path: '/api/event-reviews/:token',
    summary: 'Review the event; again, it answers what was given first',
    params: Link,
    body: SubmitEventReviewInput.omit({ token: true }),
    answer: Answer,
    status: 201,
    refuses: [404],
    async handle({ db, params, body }) {
      // Whom the notifications are for, the staff, sees an escalation in its list. A service that sends messages sends them here.
      const { answer } = await submitEventReview(db, { ...params, ...body });
      return answer;
    },
  }),
];
