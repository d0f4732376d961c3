import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isMadeFrom, slugOf } from '../../../src/feedback_marketing/blog-reviews/slug.ts';
import { anyCharacter } from './published-reviews.ts';

test.each([
  ['Great evening!', 'great-evening'],
  ["  It's ... the BEST  ", 'its-the-best'],
  ['Café Crème brûlée', 'cafe-creme-brulee'],
  ['Cafe\u0301', 'cafe'],
  ['ÉcoleMaison', 'ecolemaison'],
  ['北京烤鸭', 'bei-jing-kao-ya'],
  ['ยอดเยี่ยม', 'yodeyiym'],
  ['ערב נהדר', 'rv-nhdr'],
  ['Київ', 'kiiv'],
  ['🎉 Party', 'tada-party'],
  ['ﬁne № 5', 'fine-no-5'],
  ['../../etc/passwd', 'etc-passwd'],
  ['<script>alert(1)</script>', 'script-alert-1-script'],
  ['---', 'review'],
  ['\u0000\u200B', 'review'],
])('the slug of %j is %j', async (title, slug) => {
  expect(await slugOf(title)).toBe(slug);
});

test('a long one is cut at a hyphen, or after 80 characters if there is none', async () => {
  expect(await slugOf(`${'word '.repeat(16)}word`)).toBe('word-'.repeat(16).slice(0, -1));
  expect(await slugOf(`${'a'.repeat(70)} ${'b'.repeat(20)}`)).toBe('a'.repeat(70));
  expect(await slugOf('a'.repeat(200))).toBe('a'.repeat(80));
  expect(await slugOf(`${'a'.repeat(80)} b`)).toBe('a'.repeat(80));
});

test('every title has one: words of a-z and 0-9 with single hyphens, at most 80 characters', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: anyCharacter, maxLength: 255, size: 'max' }), async (title) => {
      const slug = await slugOf(title);
      expect(slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(slug.length).toBeLessThanOrEqual(80);
      expect(await slugOf(slug)).toBe(slug);
    }),
  );
});

test('a slug with a number is known as one of its title, and no other', async () => {
  expect(isMadeFrom('great-evening', 'great-evening')).toBe(true);
  expect(isMadeFrom('great-evening-12', 'great-evening')).toBe(true);
  expect(isMadeFrom('great-evening-x', 'great-evening')).toBe(false);
  expect(isMadeFrom('great-evening-02', 'great-evening')).toBe(false);
  expect(isMadeFrom('great', 'great-evening')).toBe(false);
  expect(isMadeFrom(`${'a'.repeat(78)}-2`, 'a'.repeat(80))).toBe(true);
  expect(isMadeFrom(`${'a'.repeat(77)}-2`, `${'a'.repeat(77)}-bc`)).toBe(true);
});
