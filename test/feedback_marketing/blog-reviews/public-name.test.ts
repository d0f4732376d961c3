import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPublicName } from '../../../src/feedback_marketing/blog-reviews/index.ts';

test.each([
  ['ada king lovelace', 'AL'],
  ['Ada', 'A'],
  ['  ada \t lovelace ', 'AL'],
  ['«Jean» d’Arc', 'JD'],
  ['Ａｄａ Lovelace', 'ＡL'],
  ['éric o’neill', 'ÉO'],
  ['e\u0301ric', 'É'],
  ['ßbach maier', 'ßM'],
  ['王小明', '王'],
  ['김 철수', '김철'],
  ['สมชาย ใจดี', 'สจ'],
  ['हिना कपूर', 'हिक'],
  ['אברהם כהן', 'אכ'],
  ['🎉 Ada 🎉', 'A'],
  ['ada@example.com', 'A'],
  ['3 Brothers', '3B'],
  ['', '?'],
  ['— …', '?'],
  ['\u200B \u202E', '?'],
  [null, '?'],
])('initials of %j are %j', (name, initials) => {
  expect(formatPublicName({ name, showInitialsOnly: true })).toBe(initials);
});

test.each([
  ['Ada  Lovelace', 'Ada Lovelace'],
  [' ', 'Anonymous'],
  [null, 'Anonymous'],
  [undefined, 'Anonymous'],
  ['\u200B\u2060 \u202E', 'Anonymous'],
  ['ada@example.com', 'Anonymous'],
  ['Ada (ada@example.com)', 'Anonymous'],
  ['Ada\u0000\u0007 Lovelace', 'Ada Lovelace'],
])('the name %j is shown as %j', (name, shown) => {
  expect(formatPublicName({ name, showInitialsOnly: false })).toBe(shown);
});

test('initials are at most two graphemes, each the beginning of a word, and never the name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
      const initials = formatPublicName({ name, showInitialsOnly: true });
      const parts = [...new Intl.Segmenter().segment(initials)].map(({ segment }) => segment);
      expect(parts.length).toBeLessThanOrEqual(2);
      const fold = (text: string) => text.normalize('NFC').toUpperCase();
      if (initials !== '?') for (const part of parts) expect(fold(name)).toContain(fold(part));
    }),
  );
});
