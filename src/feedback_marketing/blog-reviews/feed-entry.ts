import type { PublishedBlogReview } from './published.ts';
import { type BlogReviewSite, pageOf } from './site.ts';
import { cleanText } from './text.ts';

/** What every format of a feed says of a review. */
export interface FeedEntry {
  /** The same when the slug of the review changes. */
  readonly id: string;
  readonly url: string;
  readonly title: string;
  readonly text: string;
  readonly author: string;
  readonly published: Date;
  readonly updated: Date;
  readonly tags: readonly string[];
}

export function feedEntryOf(review: PublishedBlogReview, site: BlogReviewSite): FeedEntry {
  const { id, title, content, authorName, publishedAt, updatedAt, keywords } = review;
  return {
    id: `urn:uuid:${id}`,
    url: pageOf(review, site),
    // Both formats leave out an empty one, and Atom asks for it.
    title: cleanText(title).trim() || '…',
    text: cleanText(content),
    author: cleanText(authorName),
    published: publishedAt,
    // A time that is none in TypeScript, as `infinity`, leaves the feed as it is.
    updated: new Date(Math.max(updatedAt.getTime() || 0, publishedAt.getTime())),
    tags: keywords.map(cleanText),
  };
}
