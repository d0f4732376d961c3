import type { JsonObject, JsonValue } from '../../columns.ts';
import { tokenPrefix } from '../token-prefix.ts';

/** Replaces a secret. */
export const redacted = '[redacted]';

/** Names of properties that hold secrets, in any spelling: `accessToken`, `api_key`, `Set-Cookie`. */
const secretNames =
  /token|secret|passw|passphrase|passcode|pwd|api[-_ ]?key|private[-_ ]?key|credential|authorization|bearer|cookie|one[-_ ]?time|otp$|^pin$|^jwt$/i;

/** Texts are cut to this many characters before anything looks at them. */
const longestText = 8000;

/** Objects and lists in details go no deeper; this stands for what does. */
const deepest = 32;
const tooDeep = '[too deep]';

/**
 * Secrets by their form: station tokens, also truncated ones; JSON Web Tokens; what follows `Bearer` or `Basic`; passwords in URLs. Each
 * expression takes linear time on any text, as a test proves; so what one of them cannot say, its function does.
 */
const secretForms: readonly (readonly [form: RegExp, replace: (match: string) => string])[] = [
  [new RegExp(`${tokenPrefix}[0-9A-Za-z]+`, 'g'), () => redacted],
  [/[\w-]+(?:\.[\w-]*)*/g, withoutJwt],
  [/\bBearer\s+[\w.~+/-]+=*/gi, (match) => (wordAfterSpace(match).length >= 8 ? redacted : match)],
  [/\bBasic\s+[\w+/]+=*/gi, (match) => (isBasicSecret(wordAfterSpace(match)) ? redacted : match)],
  [/\w:\/\/[^\s/@]*@/g, withoutPassword],
];

/** Redacts a JSON Web Token from its first `eyJ` on, if text follows its first dot. */
function withoutJwt(word: string): string {
  const start = word.indexOf('eyJ');
  const dot = word.indexOf('.', start);
  return start < 0 || dot < 0 || dot === word.length - 1 ? word : word.slice(0, start) + redacted;
}

function wordAfterSpace(match: string): string {
  return match.slice(match.search(/\s/)).trim();
}

/** Long enough, or padded as base64 is. */
function isBasicSecret(word: string): boolean {
  return word.length >= 16 || (word.length >= 5 && word.endsWith('='));
}

/** Redacts the password of a URL up to its `@`. */
function withoutPassword(match: string): string {
  const user = match.indexOf('://') + '://'.length;
  const colon = match.indexOf(':', user);
  return colon < 0 || colon === match.length - 2 ? match : `${match.slice(0, colon + 1)}${redacted}@`;
}

/**
 * Returns a text without its secrets, and without characters that PostgreSQL would not store.
 *
 * @param text Cut to its first characters.
 * @param longest At how many. @default 8,000
 */
export function withoutSecrets(text: string, longest: number = longestText): string {
  const storable = text.slice(0, longest).replace(/\0|\p{Surrogate}/gu, '\uFFFD');
  return secretForms.reduce((rest, [form, replace]) => rest.replace(form, replace), storable);
}

/**
 * Returns details without their secrets: a value under the name of a secret is redacted, unless it is `true`, `false` or `null`, and so
 * is text in the form of a secret, under any name. Texts are cut to 8,000 characters, and what is nested more than 32 deep is left out.
 *
 * @example
 * redactDetails({ accessToken: 'abc', note: 'sent cmst_…' }); // { accessToken: '[redacted]', note: 'sent [redacted]' }
 */
export function redactDetails(details: JsonObject): JsonObject {
  return objectWithoutSecrets(details, 1);
}

function objectWithoutSecrets(object: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      withoutSecrets(name),
      secretNames.test(name) && typeof value !== 'boolean' && value !== null
        ? redacted
        : valueWithoutSecrets(value, depth),
    ]),
  );
}

function valueWithoutSecrets(value: JsonValue, depth: number): JsonValue {
  if (typeof value === 'string') return withoutSecrets(value);
  // Under the name of `toJSON` it would write what it likes.
  if (typeof value === 'function') return redacted;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === deepest) return tooDeep;
  if (Array.isArray(value)) return value.map((each) => valueWithoutSecrets(each, depth + 1));
  return objectWithoutSecrets(value, depth + 1);
}
