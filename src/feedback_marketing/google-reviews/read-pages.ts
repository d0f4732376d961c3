import { InvalidInput, NotFound } from '../../errors.ts';
import type { GoogleClient } from './client.ts';
import {
  type GoogleReview,
  type GoogleReviewPage,
  isGoogleReviewId,
  parseGooglePage,
  parseGoogleReview,
} from './parse.ts';

/** How often the list may begin again because Google forgot where it was. */
const mostRestarts = 3;

/** Reads the list of `path` from its first page. */
export async function* readPages(
  client: GoogleClient,
  path: readonly string[],
): AsyncGenerator<GoogleReviewPage, void, undefined> {
  let restarts = 0;
  let number = 0;
  let pageToken: string | undefined;
  const asked = new Set<string>();
  for (;;) {
    const query = { pageSize: '50', orderBy: 'updateTime desc', ...(pageToken !== undefined && { pageToken }) };
    try {
      const { page, next } = parseGooglePage(await client.send({ method: 'GET', path, query }), ++number);
      yield page;
      // A token that comes again would lead round in a circle.
      if (next === undefined || asked.has(next)) return;
      asked.add(next);
      pageToken = next;
    } catch (error) {
      // A token of a page expires. Google says no more than that the request is wrong.
      const isExpired = pageToken !== undefined && error instanceof InvalidInput && error.code === 'google-refused';
      if (!isExpired || ++restarts > mostRestarts) throw error;
      number = 0;
      pageToken = undefined;
      asked.clear();
    }
  }
}

/** Asks for one review of the list. Undefined if Google says that there is none. */
export async function findReview(
  client: GoogleClient,
  path: readonly string[],
  externalId: string,
): Promise<GoogleReview | undefined> {
  if (!isGoogleReviewId(externalId)) return undefined;
  try {
    const body = await client.send({ method: 'GET', path: [...path, externalId] });
    return parseGoogleReview({ ...body, reviewId: externalId });
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
