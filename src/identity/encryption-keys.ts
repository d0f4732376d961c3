import type { KeyObject } from 'node:crypto';
import { NotSetUp } from '../errors.ts';

/** The keys of encrypted columns. */
export interface EncryptionKeys {
  /** The id of the key that encrypts what is written. */
  readonly current: string;
  /** Every key that is still used to read, 32 random bytes each, by its id: 1 to 32 letters, digits, `-` or `_`. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
}

/** The keys in use. Printing one shows no bytes of it. */
export interface KeyRing {
  readonly current: string;
  readonly keys: ReadonlyMap<string, KeyObject>;
}

const keyLength = 32;

let ring: KeyRing | undefined;

/**
 * Sets the keys of every encrypted column in this process. Call it once at the start, before the first write; call it again to
 * rotate keys: add a key, make it the current one, and keep the old ones as long as values under them are left.
 *
 * Importing models needs no keys. Without keys, plain values of old rows can be read, encrypted ones cannot, and writes fail.
 *
 * @param keys The bytes are copied. `undefined` removes the keys.
 * @throws {NotSetUp} `keys-invalid`, if a key does not have 32 bytes, an id has another form, or the current key is not among them. The
 * previous keys stay in use.
 *
 * @example
 * setEncryptionKeys({ current: 'k2', keys: { k1: await secret('oauth-k1'), k2: await secret('oauth-k2') } });
 */
export function setEncryptionKeys(keys: EncryptionKeys | undefined): void {
  ring = keys && keyRing(keys);
}

/** The keys in use; `undefined` if none are set. */
export function keyRingInUse(): KeyRing | undefined {
  return ring;
}

function keyRing({ current, keys }: EncryptionKeys): KeyRing {
  const { createSecretKey } = process.getBuiltinModule('node:crypto');
  const entries = Object.entries(keys ?? {}).map(([id, bytes]): [string, KeyObject] => {
    if (!isKeyId(id)) {
      throw new NotSetUp({
        code: 'keys-invalid',
        object: 'the encryption keys',
        found: `an id of ${id.length} characters, not shown in case it is a key`,
        expected: 'ids of 1 to 32 letters, digits, - or _',
        next: 'give each key a short id, as in k1',
      });
    }
    if (!(bytes instanceof Uint8Array) || bytes.length !== keyLength) {
      throw new NotSetUp({
        code: 'keys-invalid',
        object: `the encryption key ${id}`,
        found: bytes instanceof Uint8Array ? `${bytes.length} bytes` : 'no bytes',
        expected: `${keyLength} random bytes`,
        next: 'make a key: openssl rand -base64 32',
      });
    }
    return [id, createSecretKey(bytes)];
  });
  const byId = new Map(entries);
  if (!byId.has(current)) {
    throw new NotSetUp({
      code: 'keys-invalid',
      object: 'the current encryption key',
      found: 'an id that none of the keys has',
      expected: byId.size > 0 ? `one of ${[...byId.keys()].join(', ')}` : 'a key',
      next: 'name one of the keys as the current one',
    });
  }
  return { current, keys: byId };
}

/** Whether a text has the form of a key's id. A 32-byte key never has it, neither in base64 nor in hexadecimal digits. */
export function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,32}$/.test(text);
}
