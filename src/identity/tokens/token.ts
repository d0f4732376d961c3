import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { tokenPrefix } from '../token-prefix.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** How many base62 digits 256 bits need, and the 32 bits of a CRC-32. */
const secretDigits = 43;
const checksumDigits = 6;

/**
 * Finds station tokens in a text, for secret scanners. The last 6 of the 49 characters are a checksum: the base62 CRC-32 of the
 * characters before them, so a scanner can tell a token from a lookalike offline.
 *
 * @example
 * const leaked = stationTokenPattern.test(file);
 */
export const stationTokenPattern: RegExp = /\bcmst_[0-9A-Za-z]{49}\b/;

/** Creates a token: 256 random bits. */
export function newToken(): string {
  const secret = tokenPrefix + base62(randomBytes(32));
  return secret + checksumOf(secret);
}

/**
 * Whether a value is a text with the form of a station token and a correct checksum. It does not say whether the token is valid.
 *
 * @example
 * isStationToken(match[0]); // for a secret scanner
 */
export function isStationToken(text: unknown): boolean {
  if (typeof text !== 'string') return false;
  if (text.length !== tokenPrefix.length + secretDigits + checksumDigits || !stationTokenPattern.test(text))
    return false;
  return text.endsWith(checksumOf(text.slice(0, -checksumDigits)));
}

/** The SHA-256 of a token in hexadecimal, as the table holds it. */
export function hashOf(token: string): string {
  return hash('sha256', token, 'hex');
}

function checksumOf(text: string): string {
  let digits = '';
  for (let rest = crc32(text); digits.length < checksumDigits; rest = Math.floor(rest / 62)) {
    digits = alphabet.charAt(rest % 62) + digits;
  }
  return digits;
}

/** 256 bits in base62. */
function base62(bits: Buffer): string {
  let digits = '';
  for (let rest = BigInt(`0x${bits.toString('hex')}`); digits.length < secretDigits; rest /= 62n) {
    digits = alphabet.charAt(Number(rest % 62n)) + digits;
  }
  return digits;
}
