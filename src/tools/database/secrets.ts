import { labelOf } from './connect.ts';

/** A password as short as this would blacken words that have nothing to do with it. */
const shortestPassword = 4;

const urlInText = /[a-z][a-z0-9+.-]*:\/\/[^\s'"`<>]+/gi;

/**
 * A text in which URLs with a password are shown as `labelOf` shows them.
 *
 * @param words What the command was given, where a password may stand: its URL, the words of its command line.
 */
export function withoutUrls(text: string, words: readonly (string | undefined)[]): string {
  let shown = text;
  for (const url of urlsWithPassword(words)) shown = shown.replaceAll(url, labelOf(url));
  return shown.replace(urlInText, (url) => (passwordsOf(url).length > 0 ? labelOf(url) : url));
}

/**
 * The same for what others say, as a driver or the parser of the command line, who repeat what they were given: the passwords of `words`
 * show nowhere, as they stand there or decoded. Our own words stay as they are: a password may be `postgres`.
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
    // A word of the command line may have more before it, as in --url=postgres://….
    const url = word?.slice(Math.max(0, word.search(urlInText)));
    return url !== undefined && passwordsOf(url).length > 0 ? [url] : [];
  });
}

/** The passwords in a URL or in a libpq connection string, as they stand there and decoded; also where it can't be parsed. */
function passwordsOf(url: string): string[] {
  const found = [
    // Up to the last `@`: one that is not encoded may be part of the password.
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
