import { NotAuthenticated } from 'canonical-models/errors';
import type { StationTokenContext } from 'canonical-models/identity/access';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { clientAddressOf } from './client-address.ts';
import type { Settings } from './settings.ts';

// A session is a station token and its station, and nothing of it is kept here: the database checks the token with each request, so
// every instance knows every session, and one that is revoked ends at once. Browsers have it in a cookie that no script can read. Programs
// send `Authorization: Bearer <token>` and `Station-Id: <id>`.

const cookie = 'session';

/**
 * The proof of who asks, as the client presents it.
 *
 * @throws {NotAuthenticated} if it presents none.
 */
export function proofOf(c: Context, settings: Pick<Settings, 'proxies'>): StationTokenContext {
  const origin = { ipAddress: clientAddressOf(c, settings.proxies), userAgent: c.req.header('user-agent') };
  const [, bearer] = /^Bearer ([\w.~+/-]+=*)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const stationId = c.req.header('station-id');
  if (bearer && stationId) return { token: bearer, stationId, ...origin };
  const [, station, token] = /^([0-9a-f-]{36})\.(\w+)$/i.exec(getCookie(c, cookie) ?? '') ?? [];
  if (!bearer && station && token) return { token, stationId: station, ...origin };
  throw new NotAuthenticated({
    object: 'the session',
    found: bearer ? 'a token without the header Station-Id' : 'neither a cookie nor a token',
    expected: 'the cookie of POST /api/session, or the headers Authorization: Bearer <token> and Station-Id: <id>',
    next: 'log in',
  });
}

/** Gives the session to a browser. */
export function keepSession(c: Context, settings: Settings, stationId: string, token: string, expiresAt: Date): void {
  setCookie(c, cookie, `${stationId}.${token}`, { ...optionsFor(settings), expires: expiresAt });
}

export function endSession(c: Context, settings: Settings): void {
  deleteCookie(c, cookie, optionsFor(settings));
}

const optionsFor = ({ site }: Settings) =>
  ({ httpOnly: true, sameSite: 'Strict', secure: site.url.startsWith('https:'), path: '/api' }) as const;
