import { z } from 'zod';
import { someUrl } from '../../input.ts';
import type { PublishedBlogReview } from './published.ts';

/** The website that reviews are published on. */
export interface BlogReviewSite {
  /** The name of the business, as in `My Hibachi`. */
  readonly name: string;
  /** Where the business is found, as in `https://example.com/`. */
  readonly url: string;
  /** The list of reviews, as in `https://example.com/reviews/`. The page of a review is below it, under its slug. */
  readonly reviewsUrl: string;
  /** Of the reviews, as in `en-US` (BCP 47). */
  readonly language?: string | undefined;
}

/** What is needed of a website, for {@link parseInput}. */
export const siteFields = {
  name: z.string(),
  url: someUrl(2000),
  reviewsUrl: someUrl(2000),
  language: z.string().optional(),
};

/** The website, and where its feeds are. */
export interface BlogReviewFeedSite extends BlogReviewSite {
  /** As in `Reviews of My Hibachi`. */
  readonly feedTitle: string;
  /** The Atom feed, as in `https://example.com/reviews.atom`. It is also the feed's id, so it stays. */
  readonly atomUrl: string;
  /** The JSON Feed, as in `https://example.com/reviews.json`. */
  readonly jsonUrl: string;
}

export const feedFields = { ...siteFields, feedTitle: z.string(), atomUrl: someUrl(2000), jsonUrl: someUrl(2000) };

/** The address of the page of a review. */
export function pageOf({ id, slug }: Pick<PublishedBlogReview, 'id' | 'slug'>, { reviewsUrl }: BlogReviewSite): string {
  const list = new URL(reviewsUrl);
  if (!list.pathname.endsWith('/')) list.pathname += '/';
  // Slugs of old services hold anything. These two would be other pages, so the review answers to its id.
  const name = slug === '.' || slug === '..' ? id : slug.replace(/\p{Surrogate}/gu, '\uFFFD');
  return new URL(`./${encodeURIComponent(name)}`, list).href;
}
