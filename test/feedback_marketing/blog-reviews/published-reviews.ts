import fc from 'fast-check';
import type { BlogReviewFeedSite, PublishedBlogReview } from '../../../src/feedback_marketing/blog-reviews/index.ts';

export const site: BlogReviewFeedSite = {
  name: 'My Hibachi',
  url: 'https://example.com/',
  reviewsUrl: 'https://example.com/reviews',
  language: 'en-US',
  feedTitle: 'Reviews of My Hibachi',
  atomUrl: 'https://example.com/reviews.atom',
  jsonUrl: 'https://example.com/reviews.json',
};

export const published: PublishedBlogReview = {
  id: '6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a',
  slug: 'great-evening',
  title: 'Great evening',
  content: 'The chef was funny and fast, and the children still talk about the onion volcano.',
  rating: 4,
  authorName: 'AL',
  isVerified: true,
  media: [{ type: 'image', url: 'https://example.com/a.jpg', thumbnailUrl: undefined }],
  keywords: ['hibachi', 'birthday'],
  googleReviewLink: undefined,
  yelpReviewLink: undefined,
  likes: 1,
  helpful: 2,
  publishedAt: new Date('2026-05-01T18:00:00.123Z'),
  updatedAt: new Date('2026-05-02T18:00:00.456Z'),
};

/** Any code point, halves of surrogate pairs among them. fast-check's own `binary` takes two seconds to set up. */
export const anyCharacter = fc.integer({ min: 0, max: 0x10_ff_ff }).map((point) => String.fromCodePoint(point));

const anyText = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: anyCharacter, maxLength }),
    fc.string({ unit: 'grapheme', maxLength }),
    fc
      .array(
        fc.constantFrom(
          '</script>',
          ']]>',
          '<!--',
          '&',
          '\u0000',
          '\uD800',
          '\uFFFE',
          '\u2028',
          '\r\n',
          ' ',
          'x',
          '文',
        ),
        {
          maxLength: Math.ceil(maxLength / 8),
        },
      )
      .map((parts) => parts.join('')),
  );

/** Reviews with any text in them, as old services stored them. */
export const anyReview: fc.Arbitrary<PublishedBlogReview> = fc
  .record({
    id: fc.uuid(),
    slug: anyText(60),
    title: anyText(200),
    content: anyText(600),
    authorName: anyText(200),
    rating: fc.integer({ min: 1, max: 5 }),
    publishedAt: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
    keywords: fc.array(anyText(20), { maxLength: 3 }),
  })
  .map((any) => ({ ...published, ...any }));
