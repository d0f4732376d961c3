import { listPublishedBlogReviews, renderBlogReviewFeed } from 'canonical-models/feedback_marketing/blog-reviews';
import type { Database } from '../../databases.ts';
import { publicRoute } from '../../route.ts';
import type { Settings } from '../../settings.ts';
import { siteOf } from './published.ts';

async function newestReviews(db: Database, settings: Settings) {
  const { items } = await listPublishedBlogReviews(db, { limit: 50 });
  return renderBlogReviewFeed(items, siteOf(settings));
}

export const atomFeed = publicRoute({
  method: 'get',
  path: '/reviews.atom',
  summary: 'The newest published reviews, as Atom',
  answer: 'application/atom+xml',
  async handle({ db, services: { settings }, c }) {
    const { atom } = await newestReviews(db, settings);
    return c.body(atom, 200, { 'content-type': 'application/atom+xml; charset=utf-8' });
  },
});

export const jsonFeed = publicRoute({
  method: 'get',
  path: '/reviews.json',
  summary: 'The newest published reviews, as JSON Feed',
  answer: 'application/feed+json',
  async handle({ db, services: { settings }, c }) {
    const { json } = await newestReviews(db, settings);
    return c.body(json, 200, { 'content-type': 'application/feed+json; charset=utf-8' });
  },
});
