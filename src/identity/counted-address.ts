import { isIP } from 'node:net';

/** No address is longer, with the zone of a link. */
const longestAddress = 100;

/**
 * The address under which failures are counted: an IPv4 address as it is, even if it is written as IPv6; for an IPv6 address its /64
 * network, since a client with one address of it has all of them. A text that is not an address counts as it is, up to 45 characters;
 * what is not a text counts as an empty one.
 */
export function countedAddress(address: unknown): string {
  if (typeof address !== 'string') return '';
  const text = address.slice(0, longestAddress).trim().toLowerCase().split('%', 1)[0] ?? '';
  if (isIP(text) === 4) return text;
  const mapped = text.startsWith('::ffff:') ? text.slice('::ffff:'.length) : '';
  if (isIP(mapped) === 4) return mapped;
  if (isIP(text) !== 6) return [...text.replace(/\0|\p{Surrogate}/gu, '\uFFFD')].slice(0, 45).join('');
  return `${networkOf(text).join(':')}::/64`;
}

/** The first four groups of an IPv6 address, without leading zeros. */
function networkOf(address: string): string[] {
  // The end in the form of an IPv4 address stands for two groups.
  const [head = '', tail] = (
    address.includes('.') ? address.slice(0, address.lastIndexOf(':') + 1).concat('0:0') : address
  ).split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, behind] = [groups(head), groups(tail ?? '')];
  const between = tail === undefined ? [] : Array<string>(8 - before.length - behind.length).fill('0');
  return [...before, ...between, ...behind].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}
