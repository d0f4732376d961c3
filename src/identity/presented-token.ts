/** No token is longer, so the rest of a presented text changes nothing. */
const longestPresented = 256;

/** A presented token as a text, as far as it can matter; empty if it is not a text. */
export function textOfToken(presented: unknown): string {
  return typeof presented === 'string' ? presented.slice(0, longestPresented) : '';
}
