import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutPasswords, withoutUrls } from '../../../src/tools/database/secrets.ts';

const password = fc.string({ minLength: 6, maxLength: 20 }).filter((text) => /^\S+$/.test(text) && !text.includes('…'));

test('any password, in any form of URL, is removed from a text that repeats it', () => {
  fc.assert(
    fc.property(password, fc.boolean(), fc.boolean(), fc.string(), (secret, isEncoded, isParameter, before) => {
      const written = isEncoded ? encodeURIComponent(secret) : secret;
      // Among parameters only an encoded password is possible: a delimiter would end it.
      const url =
        isParameter && isEncoded
          ? `postgres://deploy@host:5432/catering?sslmode=require&password=${written}`
          : `postgres://deploy:${written}@host:5432/catering`;
      const said = `${before} ${url} and ${secret} or ${written}`;
      const shown = withoutPasswords(said, ['migrate', `--url=${url}`]).slice(
        withoutPasswords(`${before} `, [`--url=${url}`]).length,
      );
      const label = `deploy@host:5432 catering postgres:// the given URL and or …`;
      if (!label.includes(secret)) expect(shown).not.toContain(secret);
      if (!label.includes(written)) expect(shown).not.toContain(written);
    }),
  );
});

test('our own text stays, and so does a URL without a secret', () => {
  const given = ['postgres://postgres:postgres@localhost/catering'];
  expect(withoutUrls('postgres://postgres@localhost/catering: found no server', given)).toBe(
    'postgres://postgres@localhost/catering: found no server',
  );
  expect(withoutUrls(`see https://example.org/a?b=c, not ${given[0]}`, [])).toBe(
    'see https://example.org/a?b=c, not postgres://postgres@localhost/catering',
  );
});
