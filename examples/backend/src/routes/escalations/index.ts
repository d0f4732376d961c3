import {
  assignReviewEscalation,
  ListOpenReviewEscalationsInput,
  listOpenReviewEscalations,
  ResolveReviewEscalationInput,
  reopenReviewEscalation,
  resolveReviewEscalation,
} from 'canonical-models/feedback_marketing/event-reviews';
import { z } from 'zod';
import { pageOf, pageQuery } from '../../page.ts';
import { stationRoute } from '../../route.ts';

const EscalationId = z.object({ escalationId: z.guid() });

const Escalation = z.object({
  escalationId: z.guid(),
  /** `event`, or the site of the review. */
  source: z.string(),
  reviewId: z.guid(),
  priority: z.string().nullable(),
  reason: z.string().nullable(),
  assignedToId: z.guid().nullable(),
  isResolved: z.boolean(),
  resolvedAt: z.iso.datetime().nullable(),
  resolvedById: z.guid().nullable(),
  resolutionNotes: z.string().nullable(),
});

const OpenEscalation = Escalation.extend({
  openedAt: z.iso.datetime(),
  stars: z.int().nullable(),
  text: z.string().nullable(),
  customerId: z.guid().nullable(),
  bookingId: z.guid().nullable(),
});

const step = { method: 'post', params: EscalationId, answer: Escalation, refuses: [404, 409] } as const;

export default [
  stationRoute({
    method: 'get',
    path: '/api/escalations',
    summary: 'The open escalations of reviews, the newest first',
    query: z.strictObject({ ...pageQuery, order: ListOpenReviewEscalationsInput.shape.order }),
    answer: pageOf(OpenEscalation),
    handle: ({ tx, query }) => listOpenReviewEscalations(tx, query),
  }),
  stationRoute({
    ...step,
    path: '/api/escalations/:escalationId/assign',
    summary: 'Give an escalation to somebody of the station, or take it',
    body: z.strictObject({ assigneeId: z.guid().optional() }),
    handle: ({ tx, params, body: { assigneeId }, membership }) =>
      assignReviewEscalation(tx, { ...params, assigneeId: assigneeId ?? membership.userId }),
  }),
  stationRoute({
    ...step,
    path: '/api/escalations/:escalationId/resolve',
    summary: 'Close an escalation, and say what was done',
    body: ResolveReviewEscalationInput.omit({ escalationId: true }),
    handle: ({ tx, params, body }) => resolveReviewEscalation(tx, { ...params, ...body }),
  }),
  stationRoute({
    ...step,
    path: '/api/escalations/:escalationId/reopen',
    summary: 'Open a closed escalation again',
    handle: ({ tx, params }) => reopenReviewEscalation(tx, params),
  }),
];
