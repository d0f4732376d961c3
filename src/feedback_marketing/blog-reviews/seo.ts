import { z } from 'zod';
import { parseInput } from '../../input.ts';
import type { PublishedBlogReview } from './published.ts';
import { type BlogReviewSite, pageOf, siteFields } from './site.ts';
import { cleanText, cutAtWord } from './text.ts';

const Site = z.object(siteFields);

/** What the page of a review says to search engines and to sites that link to it. Escape the texts for HTML, but for `jsonLd`. */
export interface BlogReviewSeo {
  /** For `<title>`: at most 60 graphemes. */
  readonly title: string;
  /** For `<meta name="description">`: at most 155 graphemes. */
  readonly description: string;
  /** For `<link rel="canonical">`. */
  readonly canonicalUrl: string;
  /** For `<meta property="…" content="…">`: Open Graph. */
  readonly openGraph: Readonly<Record<string, string>>;
  /** A `Review` of schema.org. It may stand in `<script type="application/ld+json">` as it is. */
  readonly jsonLd: string;
}

/**
 * Builds what the page of a review says to search engines. The JSON-LD is valid, and promises no stars in search results: Google shows
 * none for reviews of a business on its own website.
 *
 * @throws {InvalidInput} `invalid-input`, about what is wrong with the website.
 *
 * @example
 * const site = { name: 'My Hibachi', url: 'https://example.com/', reviewsUrl: 'https://example.com/reviews/', language: 'en-US' };
 * const review = await findPublishedBlogReview(db, { slug: 'great-evening' });
 * const seo = review && buildBlogReviewSeo(review, site);
 */
export function buildBlogReviewSeo(review: PublishedBlogReview, site: BlogReviewSite): BlogReviewSeo {
  parseInput(Site, site);
  const title = cutAtWord(review.title, 60);
  const description = cutAtWord(review.content, 155);
  const canonicalUrl = pageOf(review, site);
  const image = review.media.flatMap(({ type, url, thumbnailUrl }) => (type === 'image' ? url : thumbnailUrl) ?? [])[0];
  return {
    title,
    description,
    canonicalUrl,
    openGraph: {
      'og:type': 'article',
      'og:title': title,
      'og:description': description,
      'og:url': canonicalUrl,
      'og:site_name': cleanText(site.name),
      ...(site.language !== undefined && { 'og:locale': site.language.replaceAll('-', '_') }),
      ...(image !== undefined && { 'og:image': image }),
      'article:published_time': review.publishedAt.toISOString(),
      'article:modified_time': review.updatedAt.toISOString(),
    },
    jsonLd: scriptText({
      '@context': 'https://schema.org',
      '@type': 'Review',
      '@id': canonicalUrl,
      url: canonicalUrl,
      name: cleanText(review.title),
      reviewBody: cleanText(review.content),
      reviewRating: { '@type': 'Rating', ratingValue: review.rating, bestRating: 5, worstRating: 1 },
      author: { '@type': 'Person', name: cutAtWord(review.authorName, 99) },
      itemReviewed: { '@type': 'LocalBusiness', name: cleanText(site.name), url: site.url },
      datePublished: review.publishedAt.toISOString(),
      dateModified: review.updatedAt.toISOString(),
      ...(site.language !== undefined && { inLanguage: site.language }),
      ...(review.keywords.length > 0 && { keywords: review.keywords.map(cleanText) }),
      ...(image !== undefined && { image }),
    }),
  };
}

/** JSON in which nothing ends a script element or begins a comment in it. */
function scriptText(value: object): string {
  return JSON.stringify(value).replace(/[<>\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
