import { isIPv6 } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import type { Context } from 'hono';

/**
 * Where a request comes from. What a client itself writes into X-Forwarded-For stands before what the proxies append, and is not taken.
 *
 * @param proxies How many stand before the service.
 */
export function clientAddressOf(c: Context, proxies: number): string {
  const peer = getConnInfo(c).remote.address ?? '0.0.0.0';
  if (proxies === 0) return peer;
  const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((address) => address.trim());
  return forwarded.at(-proxies) || peer;
}

/** What counts as one client: an address, or the /64 network of an IPv6 one, which a single client has to itself. */
export function clientOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [before = '', after] = address.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after ? after.split(':') : [];
  const groups =
    after === undefined
      ? head
      : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  return groups.slice(0, 4).join(':');
}
