import { importPeer, rethrow } from '../../peers.ts';

/** Kept: looking for a package reads files. */
let transliterate: ((text: string) => string) | undefined;

/** The longest slug, in characters. */
const longest = 80;

/**
 * The slug that the title of a review asks for, in Latin letters, digits and hyphens: `great-evening`. If another review has it, the
 * database adds a number.
 *
 * @returns `review` for a title without letters and digits.
 * @throws {NotSetUp} `missing-peer`, without the package `any-ascii`.
 */
export async function slugOf(title: string): Promise<string> {
  transliterate ??= (await importPeer('any-ascii', () => import('any-ascii').catch(rethrow))).default;
  const toLatin = transliterate;
  const words = title
    .normalize('NFKC')
    .replace(/['’]/g, '')
    .replace(/\P{ASCII}+/gu, (run) => {
      const latin = toLatin(run);
      // A word of other scripts begins with a capital: 北京烤鸭 is BeiJingKaoYa.
      return /^[\p{Script=Latin}\P{L}]*$/u.test(run) ? latin : latin.replace(/([a-z])(?=[A-Z])/g, '$1-');
    })
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('-');
  return shorten(words, longest) || 'review';
}

/** Whether a slug is what the database made of the slug that a title asks for: that, or that with a number. */
export function isMadeFrom(slug: string, asked: string): boolean {
  if (slug === asked) return true;
  const suffix = slug.slice(slug.lastIndexOf('-'));
  return /^-[1-9]\d*$/.test(suffix) && slug === cut(asked, longest - suffix.length) + suffix;
}

/** Cut at a hyphen, if there is one. */
function shorten(words: string, most: number): string {
  if (words.length <= most) return words;
  const end = words.lastIndexOf('-', most);
  return words.slice(0, end > 0 ? end : most);
}

/** As `next_blog_review_slug` cuts it to make room for a number. */
function cut(slug: string, most: number): string {
  const start = slug.slice(0, most);
  return start.endsWith('-') ? start.slice(0, -1) : start;
}
