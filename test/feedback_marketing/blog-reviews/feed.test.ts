import fc from 'fast-check';
import Parser from 'rss-parser';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { renderBlogReviewFeed } from '../../../src/feedback_marketing/blog-reviews/index.ts';
import { thorough } from '../../support/databases.ts';
import { anyReview, published, site } from './published-reviews.ts';

/** https://www.jsonfeed.org/version/1.1/ */
const jsonFeed = z.strictObject({
  version: z.literal('https://jsonfeed.org/version/1.1'),
  title: z.string(),
  home_page_url: z.url(),
  feed_url: z.url(),
  language: z.string(),
  items: z.array(
    z.strictObject({
      id: z.string().min(1),
      url: z.url(),
      title: z.string().optional(),
      content_text: z.string().optional(),
      date_published: z.iso.datetime({ offset: true }),
      date_modified: z.iso.datetime({ offset: true }),
      authors: z.array(z.strictObject({ name: z.string() })).optional(),
      tags: z.array(z.string()).optional(),
    }),
  ),
});

const parser = new Parser({ customFields: { item: ['published', 'updated'] } });
/** What a text of an Atom feed means: feedsmith puts it on lines of its own. */
const plain = (text: string | undefined) => text?.trim();

test('both formats say the same', async () => {
  const second = {
    ...published,
    id: '7f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a',
    slug: 'b',
    title: 'Fish & <b>chips</b>',
    keywords: [],
  };
  const { atom, json } = await renderBlogReviewFeed([published, second], site);
  const feed = await parser.parseString(atom);
  expect(feed).toMatchObject({ feedUrl: site.atomUrl, link: site.reviewsUrl });
  expect(plain(feed.title)).toBe(site.feedTitle);
  const { items } = jsonFeed.parse(JSON.parse(json));
  expect(items).toHaveLength(2);
  for (const [index, review] of [published, second].entries()) {
    const item = feed.items[index] as unknown as Record<string, string>;
    const id = `urn:uuid:${review.id}`;
    const link = `https://example.com/reviews/${review.slug}`;
    expect(item).toMatchObject({ id, link, author: 'AL', published: '2026-05-01T18:00:00.123Z' });
    expect([plain(item['title']), plain(item['content'])]).toEqual([review.title, review.content]);
    expect(items[index]).toMatchObject({
      id,
      url: link,
      title: review.title,
      content_text: review.content,
      authors: [{ name: 'AL' }],
      date_published: '2026-05-01T18:00:00.123Z',
      date_modified: '2026-05-02T18:00:00.456Z',
    });
  }
  expect(items.map(({ tags }) => tags)).toEqual([['hibachi', 'birthday'], undefined]);
});

test('a website that is none is refused by the name of its field', async () => {
  for (const [field, value] of [
    ['feedTitle', undefined],
    ['atomUrl', 'reviews.atom'],
    ['jsonUrl', 7],
  ] as const) {
    const feed = renderBlogReviewFeed([published], { ...site, [field]: value } as never);
    await expect(feed).rejects.toMatchObject({ code: 'invalid-input', object: field });
  }
});

test('a feed without reviews is one', async () => {
  const { atom, json } = await renderBlogReviewFeed([], site);
  expect((await parser.parseString(atom)).items).toEqual([]);
  expect(jsonFeed.parse(JSON.parse(json)).items).toEqual([]);
  expect(atom).toContain('<updated>1970-01-01T00:00:00.000Z</updated>');
});

test('a time that is none in TypeScript does not break the feed of the others', async () => {
  const never = { ...published, id: '7f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a', updatedAt: new Date(Number.NaN) };
  const { atom, json } = await renderBlogReviewFeed([published, never], site);
  expect((await parser.parseString(atom)).items).toHaveLength(2);
  expect(jsonFeed.parse(JSON.parse(json)).items[1]).toMatchObject({ date_modified: '2026-05-01T18:00:00.123Z' });
});

test('whatever reviews hold, both parse, and their texts are texts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyReview, { maxLength: 3 }), async (reviews) => {
      const { atom, json } = await renderBlogReviewFeed(reviews, site);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML does not allow
      expect(atom).not.toMatch(/[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]|\p{Surrogate}/u);
      const feed = await parser.parseString(atom);
      const { items } = jsonFeed.parse(JSON.parse(json));
      expect(feed.items.map((item) => item['id' as 'guid'])).toEqual(reviews.map(({ id }) => `urn:uuid:${id}`));
      expect(items.map(({ id }) => id)).toEqual(reviews.map(({ id }) => `urn:uuid:${id}`));
      for (const [index, item] of items.entries()) {
        // Of an empty element the parser makes markup.
        if (item.content_text?.trim()) expect(plain(feed.items[index]?.content)).toBe(item.content_text.trim());
      }
    }),
    { numRuns: thorough ? 1_000 : 30 },
  );
});
