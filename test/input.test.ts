import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { InvalidInput } from '../src/errors.ts';
import { aMoment, anId, parseInput, someCents, someText } from '../src/input.ts';

const schema = z.strictObject({
  id: anId,
  comment: someText(2, 5).optional(),
  cents: someCents().default(7),
  at: aMoment.optional(),
  links: z.array(z.strictObject({ url: z.url() })).default([]),
});
const id = '6f1c1f0e-5f0e-4c55-9c39-0d3c8a1f3b1a';

function refusalOf(input: unknown): InvalidInput {
  try {
    parseInput(schema, input);
  } catch (error) {
    if (error instanceof InvalidInput) return error;
  }
  throw new Error('it was accepted');
}

describe('parseInput', () => {
  test('returns what the schema makes of the input', () => {
    expect(parseInput(schema, { id: id.toUpperCase(), comment: '  ab ' })).toEqual({
      id,
      comment: 'ab',
      cents: 7,
      links: [],
    });
  });

  test.each([
    [undefined, 'input'],
    ['x', 'input'],
    [{}, 'id'],
    [{ id: "' OR 1=1 --" }, 'id'],
    [{ id, comment: 7 }, 'comment'],
    [{ id, comment: ' a ' }, 'comment'],
    [{ id, comment: 'abcdef' }, 'comment'],
    [{ id, comment: 'a'.repeat(1_000_000) }, 'comment'],
    [{ id, comment: 'a\0b' }, 'comment'],
    [{ id, comment: 'ab\ud800' }, 'comment'],
    [{ id, cents: -1 }, 'cents'],
    [{ id, cents: 0.5 }, 'cents'],
    [{ id, cents: 2 ** 31 }, 'cents'],
    [{ id, cents: Number.NaN }, 'cents'],
    [{ id, at: new Date(Number.NaN) }, 'at'],
    [{ id, at: new Date('+010000-01-01T00:00:00Z') }, 'at'],
    [{ id, links: [{ url: 'https://example.com' }, { url: 'x' }] }, 'links[1].url'],
    [{ id, other: 1 }, 'input'],
    [JSON.parse(`{ "id": "${id}", "__proto__": { "comment": 1 } }`), 'input'],
  ])('refuses %j by the name of %s', (input, object) => {
    expect(refusalOf(input)).toMatchObject({ code: 'invalid-input', object });
  });

  test('an emoji is one character', () => {
    expect(parseInput(schema, { id, comment: '🎉🎉🎉🎉🎉' })).toMatchObject({ comment: '🎉🎉🎉🎉🎉' });
  });

  test('no value is in the error', () => {
    for (const input of [
      { id: 'secret-1' },
      { id, comment: 'secret-1' },
      { id, 'secret-1': 1 },
      { id, links: ['secret-1'] },
    ]) {
      const error = refusalOf(input);
      expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain('secret-1');
    }
  });
});
