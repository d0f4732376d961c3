import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What every station token begins with. */
export const tokenPrefix = 'cmst_';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** As many base62 digits as 256 bits need, and as the 32 bits of a CRC-32 need. */
const secretDigits = 43;
const checksumDigits = 6;

/**
 * Finds station tokens in a text, for secret scanners. The last 6 of the 49 characters are a checksum: the CRC-32 of what stands before
 * them in base62, so that a scanner can tell a token from what only looks like one, without asking anybody.
 *
 * @example
 * const leaked = stationTokenPattern.test(file);
 */
export const stationTokenPattern: RegExp = /\bcmst_[0-9A-Za-z]{49}\b/;

/** A new token: 256 random bits. */
export function newToken(): string {
  const secret = tokenPrefix + base62(BigInt(`0x${randomBytes(32).toString('hex')}`), secretDigits);
  return secret + checksumOf(secret);
}

/**
 * Whether a text has the form of a station token, and the checksum that goes with it. It says nothing of whether the token is valid.
 *
 * @example
 * isStationToken(match[0]); // for a secret scanner
 */
export function isStationToken(text: string): boolean {
  if (text.length !== tokenPrefix.length + secretDigits + checksumDigits || !stationTokenPattern.test(text))
    return false;
  return checksumOf(text.slice(0, -checksumDigits)) === text.slice(-checksumDigits);
}

/** The SHA-256 of a token in hexadecimal, as the table holds it. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function checksumOf(text: string): string {
  return base62(BigInt(crc32(text)), checksumDigits);
}

function base62(number: bigint, digits: number): string {
  let text = '';
  for (let rest = number; text.length < digits; rest /= 62n) text = alphabet[Number(rest % 62n)] + text;
  return text;
}
