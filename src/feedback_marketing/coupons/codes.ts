import { randomInt } from 'node:crypto';

/** Letters and digits that are not taken for each other when a code is read aloud or by hand: no 0 and O, no 1, I and L. */
export const codeAlphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** Ten characters of 31: guessing one of a million codes takes 800 million tries on average. */
const codeLength = 10;

/** A new code of a coupon, which nobody can guess. */
export function newCouponCode(): string {
  return Array.from({ length: codeLength }, () => codeAlphabet.charAt(randomInt(codeAlphabet.length))).join('');
}
