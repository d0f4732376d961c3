import { type ConvertCustomConfig, customType, type PgCustomColumnBuilder } from 'drizzle-orm/pg-core';
import { InvalidInput, NotSetUp } from '../errors.ts';
import { keyRingInUse } from './encryption-keys.ts';

// The stored form is `§encrypted:v1:<key id>:<base64url of nonce, ciphertext and tag>§`.
//
// The mark is at both ends, so that neither a change of one character nor a cut at one end makes it look like a plain value. A
// provider's token never has the mark: OAuth 2.0 allows printable ASCII only (RFC 6749, appendix A.12 and A.17).

const mark = '§';
const form = /^§encrypted:v1:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]+)§$/;
const nonceLength = 12;
const tagLength = 16;

/**
 * A `text` column whose values are encrypted with AES-256-GCM on their way to the database and decrypted on their way back. Each read
 * and write uses the keys of `setEncryptionKeys`.
 *
 * - It reads existing plain values as they are. It writes encrypted ones only.
 * - It reads values under every given key, and writes under the current one.
 * - A plain value that begins or ends with `§` can't be told from a broken encrypted one, so reading it fails. Written through this
 *   column, such a text is fine.
 * - The same text is stored differently each time: the column can't be searched, compared, sorted or unique. `sql` fragments bypass
 *   encryption and decryption.
 * - A value takes four thirds of the bytes of its text, and about 60 more.
 *
 * Random 96-bit nonces suffice for 4 billion values per key.
 *
 * @param boundTo What the value belongs to, which is authenticated with it: the column's name at the time it is created, as in
 * `public.notes.secret`. A value that is copied to another column can't be read there. It never changes, not even when the table is
 * renamed.
 * @throws {NotSetUp} on a write without keys (`no-keys`), and nothing is written; on a read of an encrypted value that cannot be
 * decrypted (`no-keys`, `unknown-key`, `malformed`, `not-authentic`). Neither the value nor a key is in the error.
 * @throws {InvalidInput} on a write of something that PostgreSQL does not store as text (`not-text`), and nothing is written.
 *
 * @example
 * export const Note = pgTable('notes', {
 *   id: uuid().primaryKey(),
 *   secret: encryptedText('secret', { boundTo: 'public.notes.secret' }),
 * });
 */
export function encryptedText(
  name: string,
  { boundTo }: { readonly boundTo: string },
): PgCustomColumnBuilder<ConvertCustomConfig<{ data: string; driverData: string }>> {
  return customType<{ data: string; driverData: string }>({
    dataType: () => 'text',
    codec: 'text',
    toDriver: (text) => encrypt(text, boundTo),
    fromDriver: (stored) => decrypt(stored, boundTo),
  })(name);
}

/** Whether a stored value was encrypted, intact or broken; otherwise it is a plain value. */
export function isEncrypted(stored: string): boolean {
  return stored.startsWith(mark) || stored.endsWith(mark);
}

/** The prefix of every value that is encrypted with a key. */
export function encryptedPrefix(keyId: string): string {
  return `${mark}encrypted:v1:${keyId}:`;
}

function encrypt(text: string, boundTo: string): string {
  const flaw = flawOf(text);
  if (flaw !== undefined) {
    throw new InvalidInput({
      code: 'not-text',
      object: boundTo,
      found: flaw,
      expected: 'a text that PostgreSQL stores',
      next: 'correct the value',
    });
  }
  const { current, key } = currentKey(boundTo);
  const { createCipheriv, randomBytes } = process.getBuiltinModule('node:crypto');
  const nonce = randomBytes(nonceLength);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
  cipher.setAAD(associatedData(current, boundTo));
  const ciphertext = [cipher.update(text, 'utf8'), cipher.final()];
  const bytes = Buffer.concat([nonce, ...ciphertext, cipher.getAuthTag()]);
  return `${encryptedPrefix(current)}${bytes.toString('base64url')}${mark}`;
}

function decrypt(stored: string, boundTo: string): string {
  if (!isEncrypted(stored)) return stored;
  const [, keyId = '', body = ''] = form.exec(stored) ?? [];
  const bytes = Buffer.from(body, 'base64url');
  // The last base64 character may have unused bits: accept only the canonical encoding.
  if (bytes.length < nonceLength + tagLength || bytes.toString('base64url') !== body) {
    throw new NotSetUp({
      code: 'malformed',
      object: boundTo,
      found: 'a value that is cut or changed, or a plain one that begins or ends with §',
      expected: 'a value as this version of canonical-models encrypts it, or a plain one',
      next: 'restore the value from a backup, or write it again',
    });
  }
  const { createDecipheriv } = process.getBuiltinModule('node:crypto');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(keyId, boundTo), bytes.subarray(0, nonceLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(associatedData(keyId, boundTo));
  decipher.setAuthTag(bytes.subarray(-tagLength));
  try {
    const text = [decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()];
    return Buffer.concat(text).toString('utf8');
  } catch {
    throw new NotSetUp({
      code: 'not-authentic',
      object: boundTo,
      found: `a value that the key ${keyId} does not open`,
      expected: `a value that was encrypted for this column with the key ${keyId}`,
      next: `give the key that had the id ${keyId} then; if it is that one, the value was changed or copied from elsewhere`,
    });
  }
}

/** Why PostgreSQL would not store a value as text, or would change it. */
function flawOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return `a ${typeof value}`;
  if (value.includes('\0')) return 'a text with U+0000';
  if (/\p{Surrogate}/u.test(value)) return 'a text with half of a surrogate pair';
  return undefined;
}

function currentKey(boundTo: string) {
  const ring = keyRingInUse();
  const key = ring?.keys.get(ring.current);
  if (!ring || !key) throw new NotSetUp({ code: 'no-keys', object: boundTo, ...withoutKeys });
  return { current: ring.current, key };
}

function keyOf(keyId: string, boundTo: string) {
  const ring = keyRingInUse();
  if (!ring) throw new NotSetUp({ code: 'no-keys', object: boundTo, ...withoutKeys });
  const key = ring.keys.get(keyId);
  if (key) return key;
  throw new NotSetUp({
    code: 'unknown-key',
    object: boundTo,
    found: `a value under the key ${keyId}`,
    expected: `a value under ${[...ring.keys.keys()].join(', ')}`,
    next: `give the key ${keyId}, too: setEncryptionKeys`,
  });
}

const withoutKeys = {
  found: 'no encryption keys',
  expected: 'keys before the first write and the first encrypted value',
  next: 'call setEncryptionKeys of canonical-models/identity/oauth when the service starts',
};

function associatedData(keyId: string, boundTo: string): Buffer {
  return Buffer.from(`canonical-models:v1:${keyId}:${boundTo}`);
}
