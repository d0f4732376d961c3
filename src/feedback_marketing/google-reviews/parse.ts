import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../columns.ts';
import type { ExternalReplyState, ExternalReview } from '../external-review.ts';
import { readGoogleMoment } from './moments.ts';
import { splitTranslation } from './translations.ts';

// Google adds fields and labels without notice. What is not understood is left out here and kept in `raw`; a review is never refused for it.

/** A review as Google has it, in the columns of `ExternalReview`. */
export type GoogleReview = Pick<
  ExternalReview,
  | 'externalId'
  | 'authorName'
  | 'isAnonymous'
  | 'stars'
  | 'commentOriginal'
  | 'commentTranslated'
  | 'media'
  | 'replyText'
  | 'replyState'
  | 'replyViolation'
  | 'replyUrl'
  | 'replyUpdatedAt'
  | 'sourceUpdatedAt'
  | 'sourceUpdateTime'
  | 'raw'
> & {
  /** Null if Google does not say. */
  readonly sourceCreatedAt: Date | null;
};

/** Google's answer to a reply. */
export type GoogleReply = Pick<ExternalReview, 'replyText' | 'replyState' | 'replyViolation' | 'replyUpdatedAt'>;

/** One page of the list of a location. */
export interface GoogleReviewPage {
  /** From 1. The list begins again at 1 if Google forgot where it was. */
  readonly number: number;
  /** Each once, though the same review may be on several pages: reviews that come or change shift the list while it is read. */
  readonly reviews: readonly GoogleReview[];
  /** How many Google counts. Undefined if it does not say. */
  readonly totalReviewCount: number | undefined;
  /** How many of the page have no id that could be kept. */
  readonly unreadable: number;
}

/** The reviews of a location. Each iteration reads them from the first page, those that changed last first. */
export interface GoogleReviewPages extends AsyncIterable<GoogleReviewPage> {
  /** As in `accounts/1/locations/2`. */
  readonly location: string;
  /** Asks for one review; undefined if Google says that there is none. */
  find(externalId: string): Promise<GoogleReview | undefined>;
}

const text = z.string().optional().catch(undefined);
const Reply = z.object({
  comment: text,
  updateTime: text,
  reviewReplyState: text,
  policyViolation: text,
});
const Review = z.object({
  name: text,
  reviewId: text,
  reviewer: z
    .object({ displayName: text, isAnonymous: z.boolean().optional().catch(undefined) })
    .optional()
    .catch(undefined),
  starRating: text,
  comment: text,
  createTime: text,
  updateTime: text,
  reviewReply: Reply.optional().catch(undefined),
  reviewReplyUrl: text,
  reviewMediaItems: z.array(z.unknown()).catch([]),
});
const Page = z.object({
  reviews: z.array(z.unknown()).catch([]),
  totalReviewCount: z.int().min(0).optional().catch(undefined),
  nextPageToken: z.string().min(1).optional().catch(undefined),
});

const stars: ReadonlyMap<string | undefined, number> = new Map([
  ['ONE', 1],
  ['TWO', 2],
  ['THREE', 3],
  ['FOUR', 4],
  ['FIVE', 5],
]);
const replyStates: ReadonlyMap<string | undefined, ExternalReplyState> = new Map([
  ['PENDING', 'pending'],
  ['ACTIVE', 'active'],
  ['REJECTED', 'rejected'],
]);

/** Reads a page of the list, and where the next one is: undefined after the last. */
export function parseGooglePage(
  body: JsonObject,
  number: number,
): { page: GoogleReviewPage; next: string | undefined } {
  const { reviews: items, totalReviewCount, nextPageToken } = Page.parse(body);
  const reviews = new Map<string, GoogleReview>();
  let unreadable = 0;
  for (const item of items) {
    const review = parseGoogleReview(item);
    if (review) reviews.set(review.externalId, review);
    else unreadable++;
  }
  // Google leaves out numbers that are 0.
  const total = totalReviewCount ?? (number === 1 && items.length === 0 && !nextPageToken ? 0 : undefined);
  return { page: { number, reviews: [...reviews.values()], totalReviewCount: total, unreadable }, next: nextPageToken };
}

/** Reads a review. Undefined if it has no id that could be kept. */
export function parseGoogleReview(item: unknown): GoogleReview | undefined {
  const raw = storable(item, deepest);
  const parsed = Review.safeParse(raw);
  if (!parsed.success) return undefined;
  const { name, reviewId, reviewer, starRating, comment, createTime, updateTime, ...rest } = parsed.data;
  const externalId = reviewId ?? name?.split('/').at(-1) ?? '';
  if (!isGoogleReviewId(externalId)) return undefined;
  const isAnonymous = reviewer?.isAnonymous ?? false;
  const { original, translated } = splitTranslation(comment ?? '');
  const updated = readGoogleMoment(updateTime);
  return {
    externalId,
    // The name of somebody anonymous is "A Google user", in any language.
    authorName: isAnonymous ? null : orNull([...(reviewer?.displayName ?? '')].slice(0, 255).join('')),
    isAnonymous,
    stars: stars.get(starRating) ?? null,
    commentOriginal: orNull(original),
    commentTranslated: translated,
    media: rest.reviewMediaItems as JsonValue[],
    ...replyOf(rest.reviewReply),
    replyUrl: rest.reviewReplyUrl ?? null,
    sourceCreatedAt: readGoogleMoment(createTime)?.date ?? null,
    sourceUpdatedAt: updated?.date ?? null,
    sourceUpdateTime: updated?.text ?? null,
    raw: raw as JsonObject,
  };
}

/** Reads Google's answer to a reply. */
export function parseGoogleReply(body: JsonObject): GoogleReply {
  return replyOf(Reply.optional().catch(undefined).parse(storable(body, deepest)));
}

/** Google translates replies, too. */
function replyOf(reply: z.output<typeof Reply> | undefined): GoogleReply {
  return {
    replyText: orNull(splitTranslation(reply?.comment ?? '').original),
    replyState: replyStates.get(reply?.reviewReplyState) ?? null,
    replyViolation: orNull(reply?.policyViolation ?? ''),
    replyUpdatedAt: readGoogleMoment(reply?.updateTime)?.date ?? null,
  };
}

/** Ids are opaque. They become part of a path, in which dots alone would lead elsewhere. */
export function isGoogleReviewId(id: string): boolean {
  return id.length > 0 && id.length <= 255 && !/^\.*$/.test(id);
}

const orNull = (value: string): string | null => (value.trim() === '' ? null : value);

const deepest = 50;

/** A copy that PostgreSQL stores: without U+0000 and halves of surrogate pairs, and nested no deeper than anybody reads. */
function storable(value: unknown, levels: number): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null || levels === 0) return null;
  if (Array.isArray(value)) return value.map((inner) => storable(inner, levels - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [storableText(key), storable(inner, levels - 1)]),
  );
}

const storableText = (value: string): string =>
  value.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
