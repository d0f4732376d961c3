import type { generateAtomFeed, generateJsonFeed } from 'feedsmith';
import type { FeedEntry } from './feed-entry.ts';
import type { BlogReviewFeedSite } from './site.ts';
import { cleanText } from './text.ts';

/** A feed as feedsmith writes it as Atom. */
export function atomFeedOf(
  entries: readonly FeedEntry[],
  site: BlogReviewFeedSite,
): Parameters<typeof generateAtomFeed>[0] {
  return {
    id: site.atomUrl,
    title: plain(cleanText(site.feedTitle)),
    updated: new Date(Math.max(0, ...entries.map(({ updated }) => updated.getTime()))),
    links: [
      { href: site.atomUrl, rel: 'self', type: 'application/atom+xml' },
      { href: site.reviewsUrl, rel: 'alternate' },
    ],
    authors: [{ name: cleanText(site.name) }],
    entries: entries.map(({ id, url, title, text, author, published, updated, tags }) => ({
      id,
      title: plain(title),
      content: plain(text),
      authors: [{ name: author }],
      links: [{ href: url, rel: 'alternate' }],
      published,
      updated,
      categories: tags.map((term) => ({ term })),
    })),
  };
}

/** A feed as feedsmith writes it as JSON Feed. */
export function jsonFeedOf(
  entries: readonly FeedEntry[],
  site: BlogReviewFeedSite,
): Parameters<typeof generateJsonFeed>[0] {
  return {
    title: cleanText(site.feedTitle),
    home_page_url: site.reviewsUrl,
    feed_url: site.jsonUrl,
    ...(site.language !== undefined && { language: site.language }),
    items: entries.map(({ id, url, title, text, author, published, updated, tags }) => ({
      id,
      url,
      title,
      content_text: text,
      authors: [{ name: author }],
      date_published: published,
      date_modified: updated,
      ...(tags.length > 0 && { tags: [...tags] }),
    })),
  };
}

/** feedsmith leaves out a text that is given as a string. */
function plain(value: string): { value: string; type: 'text' } {
  return { value, type: 'text' };
}
