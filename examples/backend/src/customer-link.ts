import { createHmac, timingSafeEqual } from 'node:crypto';
import { NotAuthenticated } from 'canonical-models/errors';

const lifetime = 90 * 24 * 60 * 60 * 1000;

/** What a customer presents in place of a log-in: an id that is signed with the key of the service, for 90 days. */
export interface CustomerLink {
  readonly link: string;
  readonly expiresAt: Date;
}

export function linkFor(customerId: string, key: string, now = Date.now()): CustomerLink {
  const expires = now + lifetime;
  const signed = `${customerId}.${expires.toString(36)}`;
  return { link: `${signed}.${signatureOf(signed, key)}`, expiresAt: new Date(expires) };
}

/**
 * The customer whose link it is.
 *
 * @throws {NotAuthenticated} whatever is wrong with it.
 */
export function customerOf(link: string, key: string, now = Date.now()): string {
  const [, signed = '', customerId = '', expires = '', signature = ''] =
    /^(([0-9a-f-]{36})\.([0-9a-z]{1,10}))\.([\w-]{43})$/.exec(link) ?? [];
  const isSigned = timingSafeEqual(digestOf(signature), digestOf(signatureOf(signed, key)));
  if (isSigned && Number.parseInt(expires, 36) > now) return customerId;
  const found = 'one that is not valid, or not any more';
  throw new NotAuthenticated({
    object: 'link',
    found,
    expected: 'a link of this service',
    next: 'ask for another one',
  });
}

const signatureOf = (text: string, key: string): string => createHmac('sha256', key).update(text).digest('base64url');

/** Of one length, as the comparison wants it. */
const digestOf = (text: string): Buffer => createHmac('sha256', 'length').update(text).digest();
