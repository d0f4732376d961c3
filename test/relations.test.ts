import { defineRelationsPart } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { describe, expect, test } from 'vitest';
import { Booking, Customer } from '../src/core/index.ts';
import { Permission, Role } from '../src/identity/index.ts';
import { addRelations, relations } from '../src/relations.ts';
import { majors, withDatabase } from './support/databases.ts';
import type { Major } from './support/servers.ts';

const BookingNote = pgTable('booking_notes', {
  id: uuid().primaryKey().defaultRandom(),
  bookingId: uuid('booking_id').notNull(),
  authorId: uuid('author_id').notNull(),
  body: text().notNull(),
});

const own = defineRelationsPart({ Booking, BookingNote, Customer }, (r) => ({
  Booking: {
    notes: r.many.BookingNote({ from: r.Booking.id, to: r.BookingNote.bookingId }),
    authors: r.many.Customer({
      from: r.Booking.id.through(r.BookingNote.bookingId),
      to: r.Customer.id.through(r.BookingNote.authorId),
    }),
  },
  BookingNote: {
    author: r.one.Customer({ from: r.BookingNote.authorId, to: r.Customer.id, optional: false }),
    booking: r.one.Booking({ from: r.BookingNote.bookingId, to: r.Booking.id, optional: false }),
  },
}));

describe('relations of a service beside those of the package', () => {
  test('are queried together, in both directions', () =>
    withDatabase(majors.at(-1) as Major, 'legacy', async ({ client, exec }) => {
      await exec(`CREATE TABLE booking_notes (
          id uuid PRIMARY KEY DEFAULT gen_random_uuid(), booking_id uuid NOT NULL, author_id uuid NOT NULL, body text NOT NULL);
        INSERT INTO booking_notes (booking_id, author_id, body)
          SELECT id, customer_id, 'vegetarian' FROM bookings ORDER BY id LIMIT 2`);
      const db = drizzle({ client, relations: addRelations(relations, own) });
      const bookings = await db.query.Booking.findMany({
        columns: { id: true, customerId: true },
        where: { notes: { body: 'vegetarian' }, customer: { id: { isNotNull: true } } },
        with: {
          authors: { columns: { id: true } },
          customer: { columns: { id: true } },
          notes: {
            columns: { body: true },
            with: {
              author: { columns: { id: true } },
              booking: { columns: {}, with: { customer: { columns: { id: true } } } },
            },
          },
        },
      });
      expect(bookings).toHaveLength(2);
      for (const { id, customerId, ...related } of bookings) {
        const customer = { id: customerId };
        const note = { body: 'vegetarian', author: customer, booking: { customer } };
        expect(related, id).toEqual({ authors: [customer], customer, notes: [note] });
      }
    }));

  test('are typed: unknown names do not compile', () => {
    const db = drizzle.mock({ relations: addRelations(relations, own) });
    const query = db.query.Booking.findFirst({ with: { notes: true, customer: true } });
    type Row = NonNullable<Awaited<typeof query>>;
    const bodies = (row: Row): string[] => row.notes.map(({ body }) => body);
    const name = (row: Row): string => row.customer.firstName;
    expect([bodies, name]).toHaveLength(2);
    // @ts-expect-error neither has it
    expect(() => db.query.Booking.findFirst({ with: { nots: true } }).toSQL()).toThrow();
    // @ts-expect-error the column has another type
    void db.query.Booking.findFirst({ where: { notes: { body: 1 } } });
  });

  test('leave those of the package as they are', () => {
    const before = Object.keys(relations.Booking.relations);
    const all = addRelations(relations, own);
    expect(Object.keys(all.Booking.relations)).toEqual([...before, 'notes', 'authors']);
    expect(Object.keys(relations.Booking.relations)).toEqual(before);
    expect(all.Chef).toBe(relations.Chef);
  });

  test('can be added repeatedly, as by several parts of a service', () => {
    const more = defineRelationsPart({ BookingNote, Role, Permission }, (r) => ({
      Role: { grants: r.many.Permission() },
      Permission: { holder: r.one.Role({ from: r.Permission.id, to: r.Role.id }) },
      BookingNote: {},
    }));
    const all = addRelations(addRelations(relations, own), more);
    expect(Object.keys(all.BookingNote.relations)).toEqual(['author', 'booking']);
    expect(Object.keys(all.Role.relations)).toContain('grants');
  });

  const other = pgTable('other', { id: uuid().primaryKey() });
  test.each([
    [
      'a relation that already exists',
      defineRelationsPart({ Booking, Customer }, (r) => ({
        Booking: { customer: r.one.Customer({ from: r.Booking.customerId, to: r.Customer.id }) },
      })),
      'relations of Booking.customer: found a relation that already exists; expected a new name',
    ],
    [
      'another table under an existing name',
      defineRelationsPart({ Booking: other }),
      'relations of Booking: found a table other than the existing Booking; expected a name that no other table has',
    ],
    [
      'an existing table under another name',
      defineRelationsPart({ bookings: Booking }),
      'relations of bookings: found the existing table Booking; expected the name Booking',
    ],
    [
      'a relation to a table without an entry',
      defineRelationsPart({ Booking, BookingNote }, (r) => ({
        Booking: { notes: r.many.BookingNote({ from: r.Booking.id, to: r.BookingNote.bookingId }) },
      })),
      'relations of Booking.notes: found BookingNote, which has no entry; expected at least BookingNote: {}',
    ],
  ])('are refused: %s', (_, part, message) => {
    expect(() => addRelations(relations, part)).toThrow(message);
  });
});
