import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readGoogleMoment } from '../../../src/feedback_marketing/google-reviews/moments.ts';
import { parseGooglePage, parseGoogleReview } from '../../../src/feedback_marketing/google-reviews/parse.ts';
import { splitTranslation } from '../../../src/feedback_marketing/google-reviews/translations.ts';
import { ExternalReviewInsert } from '../../../src/feedback_marketing/zod.ts';
import { thorough } from '../../support/databases.ts';
import { newApiReview } from './google-server.ts';

describe('a moment', () => {
  test.each([
    ['2014-10-02T15:01:23Z', '2014-10-02T15:01:23.000000000Z'],
    ['2014-10-02T15:01:23.045123456Z', '2014-10-02T15:01:23.045123456Z'],
    ['2014-10-02T15:01:23.5Z', '2014-10-02T15:01:23.500000000Z'],
    ['2014-10-02T15:01:23.0451234567890123Z', '2014-10-02T15:01:23.045123456Z'],
    ['2014-10-02T15:01:23+05:30', '2014-10-02T09:31:23.000000000Z'],
    ['2014-10-02T23:59:59.999999-00:01', '2014-10-03T00:00:59.999999000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000000Z'],
    ['9999-12-31t23:59:59.999999999z', '9999-12-31T23:59:59.999999999Z'],
  ])('%s has nine digits in UTC', (given, text) => {
    expect(readGoogleMoment(given)).toEqual({ text, date: new Date(`${text.slice(0, 23)}Z`) });
  });

  test.each([
    undefined,
    '',
    'yesterday',
    '2014-10-02',
    '2014-10-02T15:01:23',
    '2014-13-02T15:01:23Z',
    '2014-10-02T25:01:23Z',
    '0000-12-31T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:59-01:00',
    '+012014-10-02T15:01:23Z',
    `2014-10-02T15:01:23.${'0'.repeat(1_000_000)}Z`,
  ])('is not %.40s', (given) => {
    expect(readGoogleMoment(given)).toBeUndefined();
  });

  test('sorts as a text as it does in time, to the last digit', () => {
    const moment = fc.tuple(
      fc.date({ min: new Date('1990-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
      fc.nat(999_999),
    );
    const zone = fc.constantFrom('Z', '+00:00');
    fc.assert(
      fc.property(moment, moment, zone, ([one, nanos], [other, otherNanos], end) => {
        const write = (date: Date, rest: number) =>
          `${date.toISOString().slice(0, 23)}${String(rest).padStart(6, '0')}${end}`;
        const [a, b] = [readGoogleMoment(write(one, nanos)), readGoogleMoment(write(other, otherNanos))];
        const inTime = one.getTime() - other.getTime() || nanos - otherNanos;
        expect(Math.sign(inTime)).toBe((a?.text ?? '') < (b?.text ?? '') ? -1 : a?.text === b?.text ? 0 : 1);
        expect(a?.date).toEqual(one);
      }),
    );
  });
});

describe('a text with its translation', () => {
  test.each([
    ['(Translated by Google) Lovely evening\n\n(Original)\nSchöner Abend', 'Schöner Abend', 'Lovely evening'],
    ['(Translated by Google)\nLovely\nevening\n\n(Original)\nSchöner\n\nAbend', 'Schöner\n\nAbend', 'Lovely\nevening'],
    ['Schöner Abend\n\n(Translated by Google)\nLovely evening', 'Schöner Abend', 'Lovely evening'],
    ['美味しい\r\n\r\n(Translated by Google)\r\nTasty', '美味しい', 'Tasty'],
  ])('%j is taken apart', (text, original, translated) => {
    expect(splitTranslation(text)).toEqual({ original, translated });
  });

  test.each([
    '',
    'Lovely evening',
    '  kept as it is \n',
    '(Translated by Google) Lovely evening\n\n(Original)\n',
    '(Translated by Google) Lovely evening\n\n(Orig',
    '(Translated by Google) Lovely evening',
    'Schöner Abend\n\n(Translated by Google)\n',
    '\n(Translated by Google)\nLovely',
    'They wrote "(Translated by Google)" below it, and (Original) above.',
    'My friend said:\n"(Original)"\nis the best',
    'a\n(Translated by Google)\nb\n(Translated by Google)\nc',
    '(Translated by Google) a\n(Original)\nb\n(Original)\nc',
    '(Original)\nLovely',
  ])('%j stays whole', (text) => {
    expect(splitTranslation(text)).toEqual({ original: text, translated: null });
  });

  test('comes out as it went in, in both orders', () => {
    const words = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => text.trim())
      .filter((text) => text !== '');
    fc.assert(
      fc.property(words, words, (original, translated) => {
        const whole = { original, translated };
        expect(splitTranslation(`(Translated by Google) ${translated}\n\n(Original)\n${original}`)).toEqual(whole);
        expect(splitTranslation(`${original}\n\n(Translated by Google)\n${translated}`)).toEqual(whole);
      }),
    );
  });
});

describe('a review', () => {
  test('is read into columns, and kept as it came', () => {
    const item = newApiReview({
      starRating: 'TWO',
      comment: 'Kalt.\n\n(Translated by Google)\nCold.',
      createTime: '2026-03-01T18:30:00Z',
      updateTime: '2026-03-02T18:30:00.123456789Z',
      reviewReply: {
        comment: 'Danke.\n\n(Translated by Google)\nThanks.',
        updateTime: '2026-03-03T00:00:00Z',
        reviewReplyState: 'REJECTED',
        policyViolation: 'OFF_TOPIC',
      },
      reviewReplyUrl: 'https://example.com/reply',
      reviewMediaItems: [{ thumbnailUrl: 'https://example.com/1.jpg' }],
      addedNextYear: { x: [1, null] },
    });
    expect(parseGoogleReview(item)).toEqual({
      externalId: item.reviewId,
      authorName: 'Ada Lovelace',
      isAnonymous: false,
      stars: 2,
      commentOriginal: 'Kalt.',
      commentTranslated: 'Cold.',
      media: [{ thumbnailUrl: 'https://example.com/1.jpg' }],
      replyText: 'Danke.',
      replyState: 'rejected',
      replyViolation: 'OFF_TOPIC',
      replyUrl: 'https://example.com/reply',
      replyUpdatedAt: new Date('2026-03-03T00:00:00Z'),
      sourceCreatedAt: new Date('2026-03-01T18:30:00Z'),
      sourceUpdatedAt: new Date('2026-03-02T18:30:00.123Z'),
      sourceUpdateTime: '2026-03-02T18:30:00.123456789Z',
      raw: item,
    });
  });

  test.each([
    [{ starRating: 'SIX' }, { stars: null }],
    [{ starRating: 'STAR_RATING_UNSPECIFIED' }, { stars: null }],
    [{ starRating: 5 }, { stars: null }],
    [{ comment: undefined }, { commentOriginal: null, commentTranslated: null }],
    [{ comment: ['x'] }, { commentOriginal: null }],
    [{ comment: '😀'.repeat(4_096) }, { commentOriginal: '😀'.repeat(4_096) }],
    [
      { comment: 'a\0b\ud800c' },
      { commentOriginal: 'a\uFFFDb\uFFFDc', raw: expect.objectContaining({ comment: 'a\uFFFDb\uFFFDc' }) },
    ],
    [{ reviewer: { displayName: 'A Google user', isAnonymous: true } }, { authorName: null, isAnonymous: true }],
    [{ reviewer: { displayName: '😀'.repeat(300) } }, { authorName: '😀'.repeat(255) }],
    [{ reviewer: 'Ada' }, { authorName: null, isAnonymous: false }],
    [
      { updateTime: 'soon', createTime: 7 },
      { sourceUpdateTime: null, sourceUpdatedAt: null, sourceCreatedAt: null },
    ],
    [{ reviewReply: {} }, { replyText: null, replyState: null }],
    [{ reviewReply: 'no' }, { replyText: null, replyState: null }],
    [{ reviewReply: { comment: 'x', reviewReplyState: 'NEW' } }, { replyText: 'x', replyState: null }],
    [{ reviewMediaItems: 'none' }, { media: [] }],
    [{ reviewId: undefined, name: 'accounts/1/locations/2/reviews/Zz9' }, { externalId: 'Zz9' }],
  ])('with %j is read as far as it is understood', (values, expected) => {
    expect(parseGoogleReview({ ...newApiReview(), ...values })).toMatchObject(expected);
  });

  test.each([
    null,
    'x',
    7,
    [],
    {},
    { reviewId: '' },
    { reviewId: '..' },
    { reviewId: 'x'.repeat(256) },
    { reviewId: 7 },
  ])('that is %j has no id', (item) => {
    expect(parseGoogleReview(item)).toBeUndefined();
    expect(parseGooglePage({ reviews: [item, newApiReview()] as never }, 1).page).toMatchObject({
      reviews: [{ stars: 5 }],
      unreadable: 1,
    });
  });

  test('is in columns that take it, whatever it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\0', '\ud800', '😀', '.', '/', '\n'), maxLength: 20 });
    const any = fc.oneof(text, fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined));
    const review = fc.record({
      reviewId: fc.oneof(text, fc.constant('AbFv')),
      reviewer: fc.oneof(any, fc.record({ displayName: any, isAnonymous: any })),
      starRating: fc.oneof(any, fc.constantFrom('ONE', 'FIVE')),
      comment: any,
      createTime: fc.oneof(
        any,
        fc.date().map((date) => (Number.isNaN(date.getTime()) ? '' : date.toISOString())),
      ),
      updateTime: fc.oneof(any, fc.constant('2026-03-02T18:30:00.123456789Z')),
      reviewReply: fc.oneof(
        any,
        fc.record({ comment: any, updateTime: any, reviewReplyState: any, policyViolation: any }),
      ),
      reviewMediaItems: fc.oneof(any, fc.array(any)),
      more: any,
    });
    fc.assert(
      fc.property(review, (item) => {
        const parsed = parseGoogleReview(item);
        if (!parsed) return;
        const { sourceCreatedAt, ...columns } = parsed;
        ExternalReviewInsert.parse({
          ...columns,
          ...(sourceCreatedAt && { sourceCreatedAt }),
          source: 'google',
          location: 'accounts/1/locations/2',
        });
      }),
      { numRuns: thorough ? 1_000 : 25 },
    );
  });

  test('may be nested too deep for anybody', () => {
    const item = JSON.parse(`{"reviewId":"x","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`) as unknown;
    expect(JSON.stringify(parseGoogleReview(item)?.raw).length).toBeLessThan(500);
  });
});

describe('a page', () => {
  test('has each review once, as it stands last', () => {
    const items = [
      newApiReview({ reviewId: 'x', starRating: 'ONE' }),
      newApiReview({ reviewId: 'x', starRating: 'TWO' }),
    ];
    expect(parseGooglePage({ reviews: items as never }, 1).page.reviews).toMatchObject([{ stars: 2 }]);
  });

  test.each([
    [{}, 1, 0],
    [{ reviews: [] }, 1, 0],
    [{ nextPageToken: 'x' }, 1, undefined],
    [{}, 2, undefined],
    [{ reviews: [newApiReview()] as never }, 1, undefined],
    [{ totalReviewCount: 7 }, 1, 7],
  ])('%# counts what it says, or 0 if it is empty', (body, number, total) => {
    expect(parseGooglePage(body, number).page.totalReviewCount).toBe(total);
  });
});
