import type { JsonObject, JsonValue } from '../../columns.ts';
import { tokenPrefix } from '../token-prefix.ts';

/** Replaces a secret. */
export const redacted = '[redacted]';

/** Names of properties that hold secrets, in any spelling: `accessToken`, `api_key`, `Set-Cookie`. */
const secretNames =
  /token|secret|passw|passphrase|passcode|pwd|api[-_ ]?key|private[-_ ]?key|credential|authorization|bearer|cookie|one[-_ ]?time|otp$|^pin$|^jwt$/i;

/** Secrets by their form: station tokens, also truncated ones; JSON Web Tokens; what follows `Bearer` or `Basic`; passwords in URLs. */
const secretForms: readonly RegExp[] = [
  new RegExp(`${tokenPrefix}[0-9A-Za-z]+`, 'g'),
  /eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*/g,
  /\bBearer\s+[\w.~+/-]{8,}=*/gi,
  /\bBasic\s+(?:[\w+/]{16,}=*|[\w+/]{4,}={1,2})/gi,
  /(?<=\w:\/\/[^\s:/@]*:)[^\s@/]+(?=@)/g,
];

/** Returns a text without its secrets, and without characters that PostgreSQL would not store. */
export function withoutSecrets(text: string): string {
  const storable = text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');
  return secretForms.reduce((rest, form) => rest.replace(form, redacted), storable);
}

/**
 * Returns details without their secrets: a value under the name of a secret is redacted, unless it is `true`, `false` or `null`, and so
 * is text in the form of a secret, under any name.
 *
 * @example
 * detailsWithoutSecrets({ accessToken: 'abc', note: 'sent cmst_…' }); // { accessToken: '[redacted]', note: 'sent [redacted]' }
 */
export function detailsWithoutSecrets(details: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      withoutSecrets(name),
      secretNames.test(name) && typeof value !== 'boolean' && value !== null ? redacted : valueWithoutSecrets(value),
    ]),
  );
}

function valueWithoutSecrets(value: JsonValue): JsonValue {
  if (typeof value === 'string') return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(valueWithoutSecrets);
  return typeof value === 'object' && value !== null ? detailsWithoutSecrets(value) : value;
}
