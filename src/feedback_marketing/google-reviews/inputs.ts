import { z } from 'zod';
import { anId, someText } from '../../input.ts';
import { pageFields } from '../../page-fields.ts';
import type { GoogleReviewPages } from './parse.ts';

/**
 * Returns an access token with the scope `https://www.googleapis.com/auth/business.manage`. It is asked before the first request, and
 * again, with the token that Google refused, after a 401: it then gets a new one.
 */
export type GoogleAccessToken = (refused?: string) => string | Promise<string>;

const milliseconds = z.int().min(1).max(86_400_000);

// Annotated, because its own type has a name that older versions of zod do not export.
const signal: z.ZodType<AbortSignal, AbortSignal> = z.instanceof(AbortSignal);

/** How Google is reached. */
const connectionFields = {
  accessToken: z.custom<GoogleAccessToken>(
    (value) => typeof value === 'function',
    'Invalid input: expected a function that returns an access token',
  ),
  /** Ends waiting and requests; its reason is thrown. */
  signal: signal.optional(),
  /** The origin of the API, for tests. */
  baseUrl: z.url({ protocol: /^https?$/ }).default('https://mybusiness.googleapis.com'),
  /** How long one try may take, in milliseconds. */
  timeout: milliseconds.default(30_000),
  retry: z
    .strictObject({
      /** The longest first pause, in milliseconds. It doubles with each try, up to 64 s; the pause is drawn between 0 and that. */
      firstDelay: milliseconds.default(1_000),
      /** How long one request may take with all its tries, in milliseconds. */
      budget: milliseconds.default(300_000),
    })
    .prefault({}),
};

const connection = z.object(connectionFields);
export type GoogleConnection = z.output<typeof connection>;

const googleId = z.string().regex(/^[\w-]{1,100}$/, 'Invalid id: expected letters, digits, - and _');

export const FetchGoogleReviewsInput = z.strictObject({
  /** As in `accounts/<accountId>/locations/<locationId>`. */
  accountId: googleId,
  locationId: googleId,
  ...connectionFields,
});
export type FetchGoogleReviewsInput = z.input<typeof FetchGoogleReviewsInput>;

export const SyncGoogleReviewsInput = z.strictObject({
  pages: z.custom<GoogleReviewPages>(isPages, 'Invalid input: expected what fetchGoogleReviews returns'),
  /** The station of the location. Remembered: later runs need not give it. */
  stationId: anId.optional(),
  /** Reads the list to its end, although the rest is known. Only this finds what is gone, and replies that were changed. Once a day. */
  full: z.boolean().default(false),
  /** How many single reviews may be asked for: pending replies, and reviews that are missing from the list. */
  lookUps: z.int().min(0).max(1_000).default(50),
});
export type SyncGoogleReviewsInput = z.input<typeof SyncGoogleReviewsInput>;

export const ReplyToGoogleReviewInput = z.strictObject({
  /** Of `ExternalReview`. */
  reviewId: anId,
  /** At most 4,096 bytes: what Google takes. It replaces the reply that is there. */
  comment: someText(1, 4_096).refine(
    (comment) => Buffer.byteLength(comment) <= 4_096,
    'Too big: expected at most 4096 bytes',
  ),
  ...connectionFields,
});
export type ReplyToGoogleReviewInput = z.input<typeof ReplyToGoogleReviewInput>;

export const ListExternalReviewsInput = z.strictObject({
  ...pageFields,
  /** Only those of a customer. */
  customerId: anId.optional(),
  /** Only those that somebody has to look into. */
  onlyEscalated: z.boolean().default(false),
  /** Those that their source no longer shows, too. */
  includeWithdrawn: z.boolean().default(false),
});
export type ListExternalReviewsInput = z.input<typeof ListExternalReviewsInput>;

export const ListCustomerCandidatesInput = z.strictObject({
  /** Of `ExternalReview`. */
  reviewId: anId,
});
export type ListCustomerCandidatesInput = z.input<typeof ListCustomerCandidatesInput>;

export const LinkExternalReviewInput = z.strictObject({
  /** Of `ExternalReview`. */
  reviewId: anId,
  customerId: anId,
  /** The customer that it is linked to now, if that is wrong. */
  insteadOf: anId.optional(),
});
export type LinkExternalReviewInput = z.input<typeof LinkExternalReviewInput>;

function isPages(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { location, find } = value as Partial<GoogleReviewPages>;
  return typeof location === 'string' && typeof find === 'function' && Symbol.asyncIterator in value;
}
