import { labelOf } from './connect.ts';

/** Redacting a password as short as this would also redact unrelated words. */
const shortestPassword = 4;

const urlInText = /[a-z][a-z0-9+.-]*:\/\/[^\s'"`<>]+/gi;

/**
 * Returns a text in which URLs with a password are replaced by their label (see `labelOf`).
 *
 * @param words The words that may hold a password: the URL, the words of the command line.
 */
export function withoutUrls(text: string, words: readonly (string | undefined)[]): string {
  let shown = text;
  for (const url of urlsWithPassword(words)) shown = shown.replaceAll(url, labelOf(url));
  return shown.replace(urlInText, (url) => (passwordsOf(url).length > 0 ? labelOf(url) : url));
}

/**
 * The same for text of others, such as a driver or the command-line parser, who may repeat their input: it also removes the passwords
 * of `words`, literal or decoded. Our own text is left alone: a password may be `postgres`.
 */
export function withoutPasswords(text: string, words: readonly (string | undefined)[]): string {
  const passwords = urlsWithPassword(words).flatMap(passwordsOf);
  return passwords
    .filter(({ length }) => length >= shortestPassword)
    .sort((one, other) => other.length - one.length)
    .reduce((shown, password) => shown.replaceAll(password, '…'), withoutUrls(text, words));
}

function urlsWithPassword(words: readonly (string | undefined)[]): string[] {
  return words.flatMap((word) => {
    // A word of the command line may have a prefix, as in --url=postgres://….
    const url = word?.slice(Math.max(0, word.search(urlInText)));
    return url !== undefined && passwordsOf(url).length > 0 ? [url] : [];
  });
}

/** The passwords in a URL or a libpq connection string, literal and decoded, even if it can't be parsed. */
function passwordsOf(url: string): string[] {
  const found = [
    // Up to the last `@`: an unencoded one may be part of the password.
    /:\/\/[^:/@]*:(.*)@/s.exec(url)?.[1],
    ...[...url.matchAll(/\b(?:ssl)?pass(?:word|phrase)?\s*=\s*('[^']*'|[^&#\s]+)/gi)].map(([, value]) => value),
  ];
  return [...new Set(found.flatMap((password) => (password ? [password, decoded(password)] : [])))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
