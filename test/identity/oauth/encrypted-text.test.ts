import { randomBytes } from 'node:crypto';
import { getColumns, is } from 'drizzle-orm';
import { type PgColumn, PgCustomColumn, pgTable } from 'drizzle-orm/pg-core';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { NotSetUp } from '../../../src/errors.ts';
import { encryptedText } from '../../../src/identity/encrypted-text.ts';
import { setEncryptionKeys } from '../../../src/identity/encryption-keys.ts';
import { readEncryptionKeysFromEnvironment } from '../../../src/identity/oauth/keys-from-environment.ts';
import { models } from '../../../src/registry/models.ts';

const note = pgTable('notes', {
  secret: encryptedText('secret', { boundTo: 'public.notes.secret' }),
  other: encryptedText('other', { boundTo: 'public.notes.other' }),
});

const k1 = randomBytes(32);
const k2 = randomBytes(32);

beforeEach(() => setEncryptionKeys({ current: 'k2', keys: { k1, k2 } }));

/** What Drizzle sends for a value, and what it makes of what is stored. */
const write = (text: unknown, column: PgColumn = note.secret) => column.mapToDriverValue(text) as string;
const read = (stored: string, column: PgColumn = note.secret) => column.mapFromDriverValue(stored) as string;

/** What a call throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return expect.fail('nothing was thrown');
}

/** Any text that PostgreSQL stores. */
const storable = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));

describe('a text', () => {
  test('is read as it was written, and nothing of it is visible in the stored form', () => {
    const texts = fc.oneof(
      storable,
      fc.string({ unit: 'grapheme', minLength: 100, maxLength: 500 }),
      fc.constantFrom('', '§', '§encrypted:v1:k1:AAAA§', write('a token'), '🍤', '\ufeff', '\r\n'),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const stored = write(text);
        expect(read(stored)).toBe(text);
        expect(stored).toMatch(/^§encrypted:v1:k2:[A-Za-z0-9_-]{38,}§$/);
        if (text.length > 5) expect(stored).not.toContain(text);
        expect(write(text)).not.toBe(stored);
      }),
    );
  });

  test('may be of 100 kB', () => {
    const text = '€'.repeat(33_334);
    expect(read(write(text))).toBe(text);
  });

  test.each([
    ['with U+0000', 'a\0b'],
    ['with half of a surrogate pair', '\ud83c'],
    ['that is a number', 5],
    ['that is a buffer', Buffer.from('a token')],
  ])('%s is not written', (_, value) => {
    expect(thrownBy(() => write(value))).toMatchObject({
      name: 'InvalidInput',
      code: 'not-text',
      object: 'public.notes.secret',
    });
  });

  test('that was plain is read as it is, even without keys', () => {
    setEncryptionKeys(undefined);
    fc.assert(
      fc.property(storable, (text) => {
        fc.pre(!text.startsWith('§') && !text.endsWith('§'));
        expect(read(text)).toBe(text);
      }),
    );
  });

  test.each([
    '§',
    '§encrypted:v1:k2:AAAA§',
    '§encrypted:v2:k2:AAAA§',
    '§ 5',
    'see §',
    `§encrypted:v1:k2:${'A'.repeat(60)}`,
  ])('that was plain and looks like an encrypted one is refused: %s', (text) => {
    expect(thrownBy(() => read(text))).toMatchObject({ name: 'NotSetUp', code: 'malformed' });
  });
});

describe('what is stored is refused', () => {
  const refused = (stored: string) => {
    const error = thrownBy(() => read(stored));
    expect(error).toBeInstanceOf(NotSetUp);
    return (error as NotSetUp).code;
  };

  test('with any one bit changed, of its characters and of its bytes', () => {
    for (const text of ['', 'a', 'ya29.a0AfB_byC-token', '€🍤']) {
      const stored = write(text);
      const bytes = Buffer.from(stored);
      const flips = [
        ...Array.from({ length: bytes.length * 8 }, (_, bit) => {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return flipped.toString('utf8');
        }),
        ...Array.from({ length: stored.length * 16 }, (_, bit) => {
          const at = bit >> 4;
          const flipped = String.fromCharCode(stored.charCodeAt(at) ^ (1 << (bit & 15)));
          return stored.slice(0, at) + flipped + stored.slice(at + 1);
        }),
      ];
      for (const flipped of flips) refused(flipped);
    }
  });

  test('cut at either end, or in between', () => {
    const stored = write('a token');
    for (let length = 1; length < stored.length; length++) {
      expect(refused(stored.slice(0, length))).toBe('malformed');
      expect(refused(stored.slice(length))).toBe('malformed');
    }
    for (let at = 1; at < stored.length - 1; at++) refused(stored.slice(0, at) + stored.slice(at + 1));
  });

  test('with anything inserted, removed or replaced', () => {
    const stored = write('a token');
    const changes = fc.record({
      from: fc.nat(stored.length),
      length: fc.nat(8),
      text: fc.oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^[A-Za-z0-9_-]{0,8}$/)),
    });
    fc.assert(
      fc.property(changes, ({ from, length, text }) => {
        const changed = stored.slice(0, from) + text + stored.slice(from + length);
        fc.pre(changed !== stored && (changed.startsWith('§') || changed.endsWith('§')));
        refused(changed);
      }),
      { numRuns: 1_000 },
    );
  });

  test('in another column', () => {
    expect(thrownBy(() => read(write('a token'), note.other))).toMatchObject({
      code: 'not-authentic',
      object: 'public.notes.other',
    });
  });

  test('under the id of another key', () => {
    expect(refused(write('a token').replace(':k2:', ':k1:'))).toBe('not-authentic');
  });

  test('with another key of that id, an unknown id, or no keys', () => {
    const stored = write('a token');
    setEncryptionKeys({ current: 'k2', keys: { k2: randomBytes(32) } });
    expect(refused(stored)).toBe('not-authentic');
    setEncryptionKeys({ current: 'k1', keys: { k1 } });
    expect(refused(stored)).toBe('unknown-key');
    setEncryptionKeys(undefined);
    expect(refused(stored)).toBe('no-keys');
  });
});

describe('keys', () => {
  test('may be rotated: old values stay readable, new ones are under the current key', () => {
    setEncryptionKeys({ current: 'k1', keys: { k1 } });
    const old = write('a token');
    setEncryptionKeys({ current: 'k2', keys: { k1, k2 } });
    expect([read(old), read(write('another'))]).toEqual(['a token', 'another']);
    expect([old, write('another')].map((stored) => stored.split(':')[2])).toEqual(['k1', 'k2']);
  });

  test('are copied: later changes to the bytes have no effect', () => {
    const bytes = randomBytes(32);
    setEncryptionKeys({ current: 'k1', keys: { k1: bytes } });
    const stored = write('a token');
    bytes.fill(0);
    expect(read(stored)).toBe('a token');
  });

  test('are needed to write: without them nothing is sent, least of all plain text', () => {
    setEncryptionKeys(undefined);
    const error = thrownBy(() => write('a token'));
    expect(error).toBeInstanceOf(NotSetUp);
    expect(error).toMatchObject({ code: 'no-keys', next: expect.stringContaining('setEncryptionKeys') });
  });

  test.each<[string, unknown, string]>([
    ['of 31 bytes', { current: 'k', keys: { k: randomBytes(31) } }, 'found 31 bytes'],
    ['that are text', { current: 'k', keys: { k: 'a'.repeat(32) } }, 'found no bytes'],
    ['with an id of another form', { current: 'k', keys: { 'a:b': k1 } }, 'an id of 3 characters'],
    ['without the current one', { current: 'k3', keys: { k1, k2 } }, 'one of k1, k2'],
    ['that are none', { current: 'k1', keys: {} }, 'expected a key'],
    ['named as every object names things', { current: 'constructor', keys: { k1 } }, 'one of k1'],
  ])('%s are refused, and the previous ones stay', (_, keys, message) => {
    const stored = write('a token');
    const error = thrownBy(() => setEncryptionKeys(keys as Parameters<typeof setEncryptionKeys>[0]));
    expect(error).toBeInstanceOf(NotSetUp);
    expect(error).toMatchObject({ code: 'keys-invalid', message: expect.stringContaining(message) });
    expect(read(stored)).toBe('a token');
  });

  test('from the environment: in both alphabets of base64, with or without padding', () => {
    const keys = { k1: Buffer.alloc(32, 0xfb), k2: Buffer.alloc(32, 0xff) };
    for (const text of [
      `k1:${keys.k1.toString('base64')},k2:${keys.k2.toString('base64url')}`,
      `\n k1:${keys.k1.toString('base64url')}\n k2:${keys.k2.toString('base64')}, \n`,
    ]) {
      const environment = { CANONICAL_MODELS_ENCRYPTION_KEYS: text, CANONICAL_MODELS_ENCRYPTION_KEY_ID: 'k2' };
      expect(readEncryptionKeysFromEnvironment(environment)).toEqual({ current: 'k2', keys });
    }
  });

  const base64 = k1.toString('base64');
  test.each<[string, string | undefined, string | undefined, string]>([
    ['no variable', undefined, 'k1', 'CANONICAL_MODELS_ENCRYPTION_KEYS: found nothing'],
    ['an empty variable', ' ', 'k1', 'CANONICAL_MODELS_ENCRYPTION_KEYS: found nothing'],
    ['no id of the current key', `k1:${base64}`, undefined, 'CANONICAL_MODELS_ENCRYPTION_KEY_ID: found nothing'],
    ['an id of no key', `k1:${base64}`, 'k2', 'CANONICAL_MODELS_ENCRYPTION_KEY_ID: found an id'],
    ['a key without an id', base64, 'k1', 'entry 1: found no id'],
    ['key and id exchanged', `${base64}:k1`, 'k1', 'entry 1: found no id'],
    ['one id twice', `k1:${base64},k1:${base64}`, 'k1', 'entry 2: found the id k1 again'],
    ['a key that is cut', `k1:${base64.slice(0, 40)}`, 'k1', 'entry 1: found something other than 32 bytes'],
    ['a key in hexadecimal digits', `k1:${k1.toString('hex')}`, 'k1', 'entry 1: found something other than 32 bytes'],
  ])('from the environment with %s are refused, and no part of a key is shown', (_, keys, id, message) => {
    const environment = { CANONICAL_MODELS_ENCRYPTION_KEYS: keys, CANONICAL_MODELS_ENCRYPTION_KEY_ID: id };
    const error = thrownBy(() => readEncryptionKeysFromEnvironment(environment)) as Error;
    expect(error).toMatchObject({ name: 'NotSetUp', code: 'keys-invalid' });
    expect(error.message).toContain(message);
    for (const part of [base64.slice(0, 10), base64.slice(-12, -2), k1.toString('hex').slice(0, 10)]) {
      expect(error.message).not.toContain(part);
    }
  });
});

test('no error holds the value, what is stored or a key', () => {
  const text = 'ya29.the-token';
  const stored = write(text);
  const errors = [
    thrownBy(() => write(`${text}\0`)),
    thrownBy(() => read(stored.slice(0, -4))),
    thrownBy(() => read(stored, note.other)),
    thrownBy(() => setEncryptionKeys({ current: k1.toString('base64'), keys: { k1 } })),
    thrownBy(() => setEncryptionKeys({ current: 'k1', keys: { [k1.toString('base64')]: k1 } })),
  ];
  setEncryptionKeys({ current: 'k1', keys: { k1 } });
  errors.push(thrownBy(() => read(stored)));
  setEncryptionKeys(undefined);
  errors.push(
    thrownBy(() => write(text)),
    thrownBy(() => read(stored)),
  );
  for (const error of errors as Error[]) {
    const shown = `${error.stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${String(error.cause)}`;
    const secrets = [
      text,
      stored.slice(25, 40),
      k1.toString('base64').slice(0, 20),
      k2.toString('base64').slice(0, 20),
    ];
    for (const secret of secrets) expect(shown).not.toContain(secret);
  }
});

test('no two encrypted columns of the models are bound to the same name', () => {
  const columns = models().flatMap(({ name, table }) =>
    Object.values(getColumns(table)).flatMap((column) => (is(column, PgCustomColumn) ? [{ name, column }] : [])),
  );
  expect(columns.map(({ name, column }) => `${name}.${column.name}`)).toEqual([
    'identity.oauth_accounts.access_token',
    'identity.oauth_accounts.refresh_token',
  ]);
  for (const [index, { column }] of columns.entries()) {
    for (const { column: other } of columns.slice(index + 1)) {
      expect(thrownBy(() => read(write('a token', column), other))).toMatchObject({ code: 'not-authentic' });
    }
  }
});

test('importing the models loads no cryptography', async () => {
  vi.resetModules();
  const builtin = vi.spyOn(process, 'getBuiltinModule');
  try {
    await import('../../../src/identity/index.ts');
    await import('../../../src/identity/oauth/index.ts');
    expect(builtin.mock.calls.flat()).not.toContain('node:crypto');
    const { setEncryptionKeys: setKeys } = await import('../../../src/identity/oauth/index.ts');
    setKeys({ current: 'k1', keys: { k1 } });
    expect(builtin.mock.calls.flat()).toContain('node:crypto');
  } finally {
    vi.restoreAllMocks();
  }
});
