import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tokenPrefix } from '../../../src/identity/token-prefix.ts';
import { isStationToken, stationTokenPattern } from '../../../src/identity/tokens/index.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';

const digit = fc.constantFrom(...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');

test('a token has its prefix, 256 random bits and a checksum, and scanners find it anywhere in a text', () => {
  const tokens = Array.from({ length: 2_000 }, newToken);
  expect(new Set(tokens).size).toBe(tokens.length);
  for (const token of tokens) {
    expect(token).toHaveLength(54);
    expect(token.startsWith(tokenPrefix)).toBe(true);
    expect(isStationToken(token)).toBe(true);
    expect(stationTokenPattern.exec(`curl -H "x-station-token: ${token}" https://api`)?.[0]).toBe(token);
  }
  // The 43 digits of the secret hold numbers up to 2^256, and use all of that: the first digit alone is not even.
  const secrets = tokens.map((token) => token.slice(tokenPrefix.length, -6));
  for (let place = 1; place < 43; place++) {
    expect(new Set(secrets.map((secret) => secret[place])).size, `digit ${place}`).toBe(62);
  }
});

test('a text in which one or two characters differ is not a token', () => {
  fc.assert(
    fc.property(fc.nat(53), fc.nat(53), digit, digit, (first, second, one, other) => {
      const token = newToken();
      const characters = [...token];
      characters[first] = one;
      characters[second] = other;
      const changed = characters.join('');
      expect(isStationToken(changed)).toBe(changed === token);
    }),
    { numRuns: 2_000 },
  );
});

test('a text with the form but not the checksum is not a token, nor is any other text', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(digit, { minLength: 49, maxLength: 49 }).map((digits) => tokenPrefix + digits.join('')),
        fc.string(),
        fc.string({ minLength: 1 }).map((text) => newToken() + text),
        fc.string({ minLength: 1 }).map((text) => text + newToken()),
      ),
      (text) => {
        expect(isStationToken(text)).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('what is not a text is not a token', () => {
  const token = newToken();
  for (const value of [undefined, null, 0, [token], { length: 54, toString: () => token }, new String(token)])
    expect(isStationToken(value as string)).toBe(false);
});
