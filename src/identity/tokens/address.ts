import { isIP } from 'node:net';

/**
 * The address under which failures are counted: an IPv4 address as it is, even if it is written as IPv6; for an IPv6 address its /64
 * network, since a client with one address of it has all of them. A text that is not an address counts as it is, up to 45 characters.
 */
export function countedAddress(address: string): string {
  if (isIP(address) === 4) return address;
  const text = address.trim().toLowerCase().replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (mapped !== undefined && isIP(mapped) === 4) return mapped;
  if (isIP(text) !== 6) return [...text.replace(/\0|\p{Surrogate}/gu, '\uFFFD')].slice(0, 45).join('');
  return `${networkOf(text).join(':')}::/64`;
}

/** The first four groups of an IPv6 address, without leading zeros. */
function networkOf(address: string): string[] {
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const [before, behind] = [groups(head), groups(tail ?? '')];
  const between = tail === undefined ? [] : Array<string>(8 - before.length - behind.length).fill('0');
  return [...before, ...between, ...behind].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
}
