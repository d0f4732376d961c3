import fc from 'fast-check';
import jsonld from 'jsonld';
import { expect, test } from 'vitest';
import { buildBlogReviewSeo } from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { anyReview, published, site } from './published-reviews.ts';

const graphemes = (text: string) =>
  [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)].length;

test('a page says what it is', () => {
  const { jsonLd, ...seo } = buildBlogReviewSeo(published, site);
  expect(seo).toEqual({
    title: 'Great evening',
    description: published.content,
    canonicalUrl: 'https://example.com/reviews/great-evening',
    openGraph: {
      'og:type': 'article',
      'og:title': 'Great evening',
      'og:description': published.content,
      'og:url': 'https://example.com/reviews/great-evening',
      'og:site_name': 'My Hibachi',
      'og:locale': 'en_US',
      'og:image': 'https://example.com/a.jpg',
      'article:published_time': '2026-05-01T18:00:00.123Z',
      'article:modified_time': '2026-05-02T18:00:00.456Z',
    },
  });
  expect(JSON.parse(jsonLd)).toMatchObject({
    '@type': 'Review',
    author: { name: 'AL' },
    reviewBody: published.content,
  });
});

test('title and description are cut after a word, in scripts without blanks, too', () => {
  const long = {
    ...published,
    title: `${'wonderful '.repeat(5)}evening, indeed`,
    content: '今晚的厨师非常有趣'.repeat(40),
  };
  const { title, description } = buildBlogReviewSeo(long, site);
  expect(title).toBe(`${'wonderful '.repeat(5)}evening…`);
  expect(graphemes(description)).toBeGreaterThan(140);
  expect(graphemes(description)).toBeLessThanOrEqual(155);
  const oneWord = buildBlogReviewSeo({ ...published, title: '👩‍👩‍👧'.repeat(90) }, site).title;
  expect(oneWord).toBe(`${'👩‍👩‍👧'.repeat(59)}…`);
});

test('a video stands for itself by its thumbnail, and a slug of an old service stays below the list', () => {
  const url = 'https://example.com/v.mp4';
  const thumbnailUrl = 'https://example.com/v.jpg';
  const media = [{ type: 'video', url, thumbnailUrl } as const];
  expect(buildBlogReviewSeo({ ...published, media }, site).openGraph['og:image']).toBe(thumbnailUrl);
  expect(buildBlogReviewSeo({ ...published, media: [] }, site).openGraph).not.toHaveProperty('og:image');
  for (const slug of ['..', '../admin', '//evil.example', '?a#b', 'a b']) {
    expect(buildBlogReviewSeo({ ...published, slug }, site).canonicalUrl).toMatch(
      /^https:\/\/example\.com\/reviews\/[\w%.-]+$/,
    );
  }
});

test('whatever a review holds: the lengths hold, and the script is not ended by its text', () => {
  fc.assert(
    fc.property(anyReview, (review) => {
      const { title, description, jsonLd, canonicalUrl } = buildBlogReviewSeo(review, site);
      expect(graphemes(title)).toBeLessThanOrEqual(60);
      expect(graphemes(description)).toBeLessThanOrEqual(155);
      expect(canonicalUrl.startsWith('https://example.com/reviews/')).toBe(true);
      expect(jsonLd).not.toMatch(/[<>\u2028\u2029]/);
      expect(JSON.parse(jsonLd).reviewRating.ratingValue).toBe(review.rating);
      expect([...JSON.parse(jsonLd).author.name].length).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('a website that is none is refused by the name of its field', () => {
  for (const [field, value] of [
    ['reviewsUrl', '/reviews'],
    ['reviewsUrl', 'javascript:alert(1)'],
    ['reviewsUrl', undefined],
    ['url', 7],
    ['name', undefined],
    ['language', 7],
  ] as const) {
    const refused = () => buildBlogReviewSeo(published, { ...site, [field]: value } as never);
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid-input', object: field }));
  }
});

test('a processor of JSON-LD reads a Review of schema.org', async () => {
  const { jsonLd } = buildBlogReviewSeo(published, site);
  // The part of schema.org's context that says where names are; the processor would fetch the whole of it.
  const context = {
    '@vocab': 'https://schema.org/',
    id: '@id',
    type: '@type',
    url: { '@type': '@id' },
    image: { '@type': '@id' },
  };
  const documentLoader = async (url: string) => {
    expect(url).toMatch(/^https:\/\/schema\.org\/?$/);
    return { contextUrl: undefined, documentUrl: url, document: { '@context': context } };
  };
  const [review] = (await jsonld.expand(JSON.parse(jsonLd), { documentLoader } as object)) as Record<string, unknown>[];
  const schema = (name: string) => `https://schema.org/${name}`;
  expect(review).toMatchObject({
    '@id': 'https://example.com/reviews/great-evening',
    '@type': [schema('Review')],
    [schema('author')]: [{ '@type': [schema('Person')], [schema('name')]: [{ '@value': 'AL' }] }],
    [schema('itemReviewed')]: [{ '@type': [schema('LocalBusiness')], [schema('name')]: [{ '@value': 'My Hibachi' }] }],
    [schema('reviewRating')]: [
      {
        '@type': [schema('Rating')],
        [schema('ratingValue')]: [{ '@value': 4 }],
        [schema('bestRating')]: [{ '@value': 5 }],
      },
    ],
    [schema('datePublished')]: [{ '@value': '2026-05-01T18:00:00.123Z' }],
    [schema('image')]: [{ '@id': 'https://example.com/a.jpg' }],
  });
});
