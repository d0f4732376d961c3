import type { MiddlewareHandler } from 'hono';
import { clientAddressOf, clientOf } from './client-address.ts';
import { InvalidRequest } from './problems.ts';

/** As many clients as it remembers: of more, those that came longest ago begin again. */
const mostClients = 50_000;

/**
 * Limits how often a client may ask: a bucket of tokens each, which fills by `perSecond` and holds ten seconds' worth. Each instance of the
 * service counts for itself.
 */
export function rateLimit({ perSecond, proxies }: { perSecond: number; proxies: number }): MiddlewareHandler {
  const capacity = Math.max(1, perSecond * 10);
  const buckets = new Map<string, { tokens: number; filledAt: number }>();
  return async (c, next) => {
    const client = clientOf(clientAddressOf(c, proxies));
    const now = performance.now();
    const bucket = buckets.get(client) ?? { tokens: capacity, filledAt: now };
    bucket.tokens = Math.min(capacity, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    // At the end of the map, so that its beginning has who came longest ago.
    buckets.delete(client);
    buckets.set(client, bucket);
    if (buckets.size > mostClients) buckets.delete(buckets.keys().next().value as string);
    if (bucket.tokens < 1) {
      const retryAfter = Math.ceil((1 - bucket.tokens) / perSecond);
      throw new InvalidRequest({ status: 429, code: 'rate-limited', retryAfter }, 'too many requests from this client');
    }
    bucket.tokens -= 1;
    await next();
  };
}
