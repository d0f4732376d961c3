import { z } from 'zod';
import { parseInput } from '../../input.ts';
import { importPeer, rethrow } from '../../peers.ts';
import { feedEntryOf } from './feed-entry.ts';
import { atomFeedOf, jsonFeedOf } from './feed-formats.ts';
import type { PublishedBlogReview } from './published.ts';
import { type BlogReviewFeedSite, feedFields } from './site.ts';

const Site = z.object(feedFields);

/** Kept: looking for a package reads files. */
let feedsmith: Pick<typeof import('feedsmith'), 'generateAtomFeed' | 'generateJsonFeed'> | undefined;

/** The same feed in two formats. */
export interface BlogReviewFeed {
  /** Atom (RFC 4287), to be sent as `application/atom+xml`. */
  readonly atom: string;
  /** JSON Feed 1.1, to be sent as `application/feed+json`. */
  readonly json: string;
}

/**
 * Renders reviews as feeds, in the given order. The id of an entry stays when the slug of the review changes. A text is text: markup in
 * it is shown, not obeyed.
 *
 * @throws {InvalidInput} `invalid-input`, about what is wrong with the website.
 * @throws {NotSetUp} `missing-peer`, without the package `feedsmith`.
 *
 * @example
 * const { items } = await listPublishedBlogReviews(db, { limit: 50 });
 * const { atom } = await renderBlogReviewFeed(items, {
 *   name: 'My Hibachi',
 *   url: 'https://example.com/',
 *   reviewsUrl: 'https://example.com/reviews/',
 *   feedTitle: 'Reviews of My Hibachi',
 *   atomUrl: 'https://example.com/reviews.atom',
 *   jsonUrl: 'https://example.com/reviews.json',
 * });
 */
export async function renderBlogReviewFeed(
  reviews: readonly PublishedBlogReview[],
  site: BlogReviewFeedSite,
): Promise<BlogReviewFeed> {
  parseInput(Site, site);
  feedsmith ??= await importPeer('feedsmith', () => import('feedsmith').catch(rethrow));
  const { generateAtomFeed, generateJsonFeed } = feedsmith;
  const entries = reviews.map((review) => feedEntryOf(review, site));
  // feedsmith leaves out an empty list, which the format asks for.
  const json = { items: [], ...(generateJsonFeed(jsonFeedOf(entries, site)) as object) };
  return { atom: generateAtomFeed(atomFeedOf(entries, site)), json: JSON.stringify(json) };
}
