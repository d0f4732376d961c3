import { NotSetUp } from '../../errors.ts';
import { type EncryptionKeys, isKeyId } from '../encryption-keys.ts';

/** The environment variable that holds the keys: `<id>:<32 bytes in base64>`, separated by commas or white space. */
export const encryptionKeysVariable = 'CANONICAL_MODELS_ENCRYPTION_KEYS';

/** The environment variable that names the current key. */
export const encryptionKeyIdVariable = 'CANONICAL_MODELS_ENCRYPTION_KEY_ID';

/**
 * Reads the keys from the environment, in the form that `canonical-models encrypt-tokens` reads, too:
 *
 * ```sh
 * CANONICAL_MODELS_ENCRYPTION_KEYS='k1:<32 bytes in base64>,k2:<32 bytes in base64>'   # openssl rand -base64 32
 * CANONICAL_MODELS_ENCRYPTION_KEY_ID=k2
 * ```
 *
 * @param environment Default: `process.env`.
 * @throws {NotSetUp} `keys-invalid`, if a variable is not set or has another form. It names the entry by its position, and shows nothing of it.
 *
 * @example
 * setEncryptionKeys(readEncryptionKeysFromEnvironment());
 */
export function readEncryptionKeysFromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): EncryptionKeys {
  const entries = setVariable(environment, encryptionKeysVariable, 'k1:<32 bytes in base64>,k2:<32 bytes in base64>')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  const keys = new Map<string, Uint8Array>();
  for (const [index, entry] of entries.entries()) {
    const [, id = '', text = ''] = /^([^:]*):(.*)$/.exec(entry) ?? [];
    const bytes = bytesOf(text);
    if (!isKeyId(id)) throw entryInvalid(index, 'no id before its colon');
    if (keys.has(id)) throw entryInvalid(index, `the id ${id} again`);
    if (bytes === undefined) throw entryInvalid(index, `something other than 32 bytes in base64 after ${id}:`);
    keys.set(id, bytes);
  }
  const current = setVariable(environment, encryptionKeyIdVariable, 'the id of one of the keys').trim();
  if (!keys.has(current)) {
    throw new NotSetUp({
      code: 'keys-invalid',
      object: encryptionKeyIdVariable,
      found: 'an id that none of the keys has',
      expected: `one of ${[...keys.keys()].join(', ')}`,
      next: `correct it, or add the key to ${encryptionKeysVariable}`,
    });
  }
  return { current, keys: Object.fromEntries(keys) };
}

function setVariable(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  expected: string,
): string {
  const value = environment[name];
  if (value !== undefined && value.trim() !== '') return value;
  throw new NotSetUp({
    code: 'keys-invalid',
    object: name,
    found: 'nothing in the environment',
    expected,
    next: `set ${name}`,
  });
}

/** The 32 bytes that a base64 text encodes, in either alphabet and with or without padding. */
function bytesOf(text: string): Uint8Array | undefined {
  const digits = text.replace(/=$/, '').replaceAll('+', '-').replaceAll('/', '_');
  const bytes = Buffer.from(digits, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === digits ? bytes : undefined;
}

function entryInvalid(index: number, found: string): NotSetUp {
  return new NotSetUp({
    code: 'keys-invalid',
    object: `${encryptionKeysVariable}, entry ${index + 1}`,
    found,
    expected: '<id>:<32 bytes in base64>, the id of 1 to 32 letters, digits, - or _',
    next: 'correct the entry; make a key with openssl rand -base64 32',
  });
}
