import { importPeer, rethrow } from '../../peers.ts';
import { feedEntryOf } from './feed-entry.ts';
import type { PublishedBlogReview } from './published.ts';
import type { BlogReviewFeedSite } from './site.ts';
import { cleanText } from './text.ts';

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
  feedsmith ??= await importPeer('feedsmith', () => import('feedsmith').catch(rethrow));
  const { generateAtomFeed, generateJsonFeed } = feedsmith;
  const entries = reviews.map((review) => feedEntryOf(review, site));
  const title = cleanText(site.feedTitle);
  const updated = new Date(Math.max(0, ...entries.map((entry) => entry.updated.getTime())));
  const atom = generateAtomFeed({
    id: site.atomUrl,
    title: plain(title),
    updated,
    links: [
      { href: site.atomUrl, rel: 'self', type: 'application/atom+xml' },
      { href: site.reviewsUrl, rel: 'alternate' },
    ],
    authors: [{ name: cleanText(site.name) }],
    entries: entries.map(({ id, url, title, text, author, published, updated, tags }) => ({
      id,
      title: plain(title),
      content: plain(text),
      authors: [{ name: author }],
      links: [{ href: url, rel: 'alternate' }],
      published,
      updated,
      categories: tags.map((term) => ({ term })),
    })),
  });
  const json = generateJsonFeed({
    title,
    home_page_url: site.reviewsUrl,
    feed_url: site.jsonUrl,
    ...(site.language !== undefined && { language: site.language }),
    items: entries.map(({ id, url, title, text, author, published, updated, tags }) => ({
      id,
      url,
      title,
      content_text: text,
      authors: [{ name: author }],
      date_published: published,
      date_modified: updated,
      ...(tags.length > 0 && { tags: [...tags] }),
    })),
  });
  // feedsmith leaves out an empty list, which the format asks for.
  return { atom, json: JSON.stringify({ items: [], ...(json as object) }) };
}

/** feedsmith leaves out a text that is given as a string. */
function plain(value: string): { value: string; type: 'text' } {
  return { value, type: 'text' };
}
