import { randomBytes } from 'node:crypto';
import { textOfToken } from '../../identity/presented-token.ts';
import { hashOf } from '../../identity/tokens/token.ts';

/** Creates the token of a link: 144 random bits as 24 characters that are safe in a URL. */
export function newLinkToken(): string {
  return randomBytes(18).toString('base64url');
}

/** The SHA-256 of what was presented as the token of a link, in hexadecimal, as the table holds it. */
export function hashOfLink(token: string): string {
  return hashOf(textOfToken(token));
}
