import { NotFound } from 'canonical-models/errors';
import { buildBlogReviewSeo, findPublishedBlogReview } from 'canonical-models/feedback_marketing/blog-reviews';
import { html, raw } from 'hono/html';
import { z } from 'zod';
import { publicRoute } from '../../route.ts';
import { siteOf } from './published.ts';

export const reviewPage = publicRoute({
  method: 'get',
  path: '/reviews/:slug',
  summary: 'The page of a published review, with what it says to search engines',
  params: z.object({ slug: z.string().max(500) }),
  answer: 'text/html',
  refuses: [301, 404],
  async handle({ db, params: { slug }, services: { settings }, c }) {
    const review = await findPublishedBlogReview(db, { slug });
    if (!review) {
      const found = 'no published review of that name';
      throw new NotFound({ object: 'slug', found, expected: 'the slug of one', next: 'look into the list' });
    }
    const site = siteOf(settings);
    const seo = buildBlogReviewSeo(review, site);
    if (review.slug !== slug) return c.redirect(seo.canonicalUrl, 301);
    return c.html(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>${seo.title}</title>
    <meta name="description" content="${seo.description}">
    <link rel="canonical" href="${seo.canonicalUrl}">
    <link rel="alternate" type="application/atom+xml" href="${site.atomUrl}">
    ${Object.entries(seo.openGraph).map(([property, content]) => html`<meta property="${property}" content="${content}">`)}
    <script type="application/ld+json">${raw(seo.jsonLd)}</script>
  </head>
  <body>
    <main>
      <h1>${review.title}</h1>
      <p>${review.rating} of 5 stars, by ${review.authorName}${review.isVerified ? ', verified' : ''}</p>
      <p>${review.content}</p>
    </main>
  </body>
</html>`);
  },
});
