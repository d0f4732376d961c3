import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { identifierWithTableName } from '../../../scripts/generate/identifiers.ts';

/** Names made of words between underscores, as in `idx_customer_messages`. */
const nameOf = (letters: string) =>
  fc
    .array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 })
    .map((words) => words.join('_'));

const tableName = nameOf('abc1');
/** The text around a table's name: made of other letters, so that it never contains one. */
const around = fc.option(nameOf('xyz2'), { nil: '' });
const join = (...parts: string[]) => parts.filter((part) => part !== '').join('_');

describe('identifierWithTableName', () => {
  test.each([
    ['idx_messages_thread_id', 'messages', 'customer_messages', 'idx_customer_messages_thread_id'],
    ['messages_pkey', 'messages', 'customer_messages', 'customer_messages_pkey'],
    ['idx_customer_messages_thread_id', 'customer_messages', 'messages', 'idx_messages_thread_id'],
    ['uq_social_accounts_provider', 'social_accounts', 'oauth_accounts', 'uq_oauth_accounts_provider'],
  ])('writes the new table name: %s with %s → %s is %s', (identifier, from, to, expected) => {
    expect(identifierWithTableName(identifier, from, to)).toBe(expected);
  });

  test.each([
    ['carries no table name', 'check_rating_range', 'customer_reviews', 'event_customer_reviews'],
    ['carries the new name already', 'idx_customer_messages_thread_id', 'messages', 'customer_messages'],
    ['carries a longer word', 'idx_submessages_id', 'messages', 'customer_messages'],
    ['carries a longer word at the end', 'idx_messages2_id', 'messages', 'customer_messages'],
  ])('leaves an identifier alone that %s: %s', (_, identifier, from, to) => {
    expect(identifierWithTableName(identifier, from, to)).toBe(identifier);
  });

  test('replaces the name in any position, and replacing it back restores the identifier', () => {
    fc.assert(
      fc.property(tableName, tableName, around, around, (from, to, before, after) => {
        const identifier = join(before, from, after);
        const renamed = identifierWithTableName(identifier, from, to);
        expect(renamed).toBe(join(before, to, after));
        expect(identifierWithTableName(renamed, to, from)).toBe(identifier);
      }),
    );
  });

  test('leaves every identifier alone that does not carry the name', () => {
    fc.assert(
      fc.property(tableName, tableName, nameOf('xyz2'), (from, to, identifier) => {
        expect(identifierWithTableName(identifier, from, to)).toBe(identifier);
        expect(identifierWithTableName(`${from}${identifier}`, from, to)).toBe(`${from}${identifier}`);
        expect(identifierWithTableName(`${identifier}${from}`, from, to)).toBe(`${identifier}${from}`);
      }),
    );
  });
});
