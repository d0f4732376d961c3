import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { count, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Booking, Customer } from '../../../src/core/index.ts';
import { CustomerReview, ReviewEscalation } from '../../../src/feedback_marketing/index.ts';
import { StationRowRefused, withStation } from '../../../src/identity/access/index.ts';
import { Station, StationUser, User } from '../../../src/identity/index.ts';
import { PricingTier } from '../../../src/knowledge_base/index.ts';
import { BusinessSocialAccount, Lead, LeadContact, LeadSocialThread } from '../../../src/lead/index.ts';
import { AIConversation, EmailMessage, EmailThread, Escalation } from '../../../src/support_communications/index.ts';
import { eachOfFewMajors, withDatabase } from '../../support/databases.ts';
import { newBooking } from '../../support/identity.ts';
import { applyMigrations, migrationsAfterBaseline } from '../../support/migrate.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';

eachOfFewMajors((major) => {
  describe('a row that comes to a station', () => {
    let database: StationDatabase;
    let db: ReturnType<typeof drizzle>;
    let here: string;
    let there: string;
    let userId: string;
    let context: { userId: string; stationId: string };
    beforeAll(async () => {
      database = await openStationDatabase(major);
      db = drizzle({ client: database.service({ max: 1 }) });
    });
    afterAll(() => database.close());
    beforeEach(async () => {
      const { owner } = database;
      [here, there, userId] = [randomUUID(), randomUUID(), randomUUID()];
      context = { userId, stationId: here };
      await owner.insert(Station).values([
        { id: here, name: 'H', code: here.slice(0, 8), displayName: 'H' },
        { id: there, name: 'T', code: there.slice(0, 8), displayName: 'T' },
      ]);
      await owner.insert(User).values({ id: userId, email: `${userId}@example.com`, status: 'active' });
      await owner.insert(StationUser).values({ userId, stationId: here, role: 'station_admin' });
    });

    test('is found by its own station, though nobody knows the customer yet', async () => {
      const lead = { source: 'chat' } as const;
      const thread = (stationId: string | null) => ({
        platform: 'instagram' as const,
        accountId: 'page',
        threadRef: randomUUID(),
        stationId,
      });
      const mail = (stationId: string | null) => ({ threadId: randomUUID(), inbox: 'support', stationId });
      const escalation = (stationId: string | null) => ({
        conversationId: 'c',
        customerName: 'n',
        customerPhone: '1',
        reason: 'r',
        stationId,
      });
      const everywhere = [here, there, null];
      const { owner } = database;
      await owner.insert(Lead).values(everywhere.map((stationId) => ({ ...lead, stationId })));
      await owner.insert(LeadSocialThread).values(everywhere.map(thread));
      await owner
        .insert(AIConversation)
        .values(everywhere.map((stationId) => ({ channel: 'web' as const, stationId })));
      await owner.insert(EmailThread).values(everywhere.map(mail));
      await owner.insert(Escalation).values(everywhere.map(escalation));
      await withStation(db, context, async (tx) => {
        for (const table of [Lead, LeadSocialThread, AIConversation, EmailThread, Escalation]) {
          expect(await tx.select({ station: table.stationId }).from(table)).toEqual([{ station: here }]);
        }
        // And so are its parts.
        const [own] = await tx.select().from(Lead);
        await tx
          .insert(LeadContact)
          .values({ leadId: own?.id ?? '', channel: 'email', handleOrAddress: 'a@b.example' });
        const [ownMail] = await tx.select().from(EmailThread);
        await tx.insert(EmailMessage).values({
          messageId: randomUUID(),
          threadId: ownMail?.threadId ?? null,
          inbox: 'support',
          fromAddress: 'a@b.example',
          receivedAt: new Date(),
        });
        expect(await tx.$count(EmailMessage)).toBe(1);
        await tx.insert(Lead).values({ ...lead, stationId: here });
      });
      for (const stationId of [there, null]) {
        await expect(withStation(db, context, (tx) => tx.insert(Lead).values({ ...lead, stationId }))).rejects.toThrow(
          StationRowRefused,
        );
        await expect(withStation(db, context, (tx) => tx.insert(EmailThread).values(mail(stationId)))).rejects.toThrow(
          StationRowRefused,
        );
      }
    });

    test('is found by its parent if it has no station of its own, which goes first', async () => {
      const { owner } = database;
      const customers = await owner
        .insert(Customer)
        .values(
          [here, there].map((stationId) => ({ stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' })),
        )
        .returning();
      const [ofHere, ofThere] = customers.map(({ id }) => id);
      const rows = await owner
        .insert(Lead)
        .values([
          { source: 'sms', customerId: ofHere },
          { source: 'sms', customerId: ofHere, stationId: there },
          { source: 'sms', customerId: ofThere, stationId: here },
          { source: 'sms', customerId: ofThere },
        ])
        .returning();
      const seen = await withStation(db, context, (tx) =>
        tx.select({ id: Lead.id }).from(Lead).where(eq(Lead.source, 'sms')),
      );
      expect(seen.map(({ id }) => id).sort()).toEqual([rows[0]?.id, rows[2]?.id].sort());
      // Who writes may not refer to another station's customer, even in a lead of their own station.
      await expect(
        withStation(db, context, (tx) =>
          tx.insert(Lead).values({ source: 'sms', customerId: ofThere ?? null, stationId: here }),
        ),
      ).rejects.toThrow(StationRowRefused);
      await expect(
        withStation(db, context, (tx) =>
          tx
            .update(Lead)
            .set({ stationId: there })
            .where(eq(Lead.id, rows[0]?.id ?? '')),
        ),
      ).rejects.toThrow(StationRowRefused);
    });

    test('is read at every station if it is of the whole business, and written at none', async () => {
      const { owner } = database;
      const account = (stationId: string | null) => ({
        platform: 'instagram',
        pageId: randomUUID(),
        pageName: 'p',
        connectedBy: userId,
        stationId,
      });
      const tier = (stationId: string | null) => ({
        tierLevel: 'basic' as const,
        name: 'n',
        pricePerPerson: '1',
        minGuests: 1,
        stationId,
      });
      const [shared] = await owner.insert(BusinessSocialAccount).values(account(null)).returning();
      await owner.insert(BusinessSocialAccount).values([account(here), account(there)]);
      const [sharedTier] = await owner.insert(PricingTier).values(tier(null)).returning();
      await owner.insert(PricingTier).values([tier(here), tier(there)]);
      await withStation(db, context, async (tx) => {
        const accounts = await tx
          .select({ station: BusinessSocialAccount.stationId, n: count() })
          .from(BusinessSocialAccount)
          .where(eq(BusinessSocialAccount.pageName, 'p'))
          .groupBy(BusinessSocialAccount.stationId);
        expect(accounts).toHaveLength(2);
        expect(accounts).toEqual(
          expect.arrayContaining([
            { station: here, n: 1 },
            { station: null, n: 1 },
          ]),
        );
        const renamed = await tx
          .update(BusinessSocialAccount)
          .set({ pageName: 'changed' })
          .where(eq(BusinessSocialAccount.pageName, 'p'))
          .returning();
        expect(renamed.map(({ stationId }) => stationId)).toEqual([here]);
        expect(
          await tx
            .delete(PricingTier)
            .where(eq(PricingTier.id, sharedTier?.id ?? ''))
            .returning(),
        ).toEqual([]);
        // A booking refers to a price of all stations.
        const [customer] = await tx
          .insert(Customer)
          .values({ stationId: here, firstName: 'f', lastName: 'l', email: 'e', phone: '1' })
          .returning();
        await tx.insert(Booking).values({
          ...newBooking(here, customer?.id ?? ''),
          pricingTierId: sharedTier?.id ?? null,
        });
      });
      await expect(
        withStation(db, context, (tx) => tx.insert(BusinessSocialAccount).values(account(null))),
      ).rejects.toThrow(StationRowRefused);
      expect(await owner.$count(BusinessSocialAccount, eq(BusinessSocialAccount.id, shared?.id ?? ''))).toBe(1);
    });
  });

  test('a client that has read a station and changes a row that is filled meanwhile goes on: the migration gives way', () =>
    withDatabase(major, 'legacy', async (database) => {
      const at = migrationsAfterBaseline.findIndex(({ name }) => name.endsWith('_station_access_identity'));
      await applyMigrations(database.query, migrationsAfterBaseline.slice(0, at));
      const { rows } = await database.query(
        'UPDATE leads SET customer_id = (SELECT id FROM customers WHERE station_id IS NOT NULL LIMIT 1) RETURNING id',
      );
      const client = new pg.Client(database.url);
      await client.connect();
      try {
        await client.query('BEGIN');
        await client.query('SELECT FROM identity.stations LIMIT 1');
        const migrated = applyMigrations(database.query, migrationsAfterBaseline.slice(at, at + 1));
        // Once the migration has filled the row, and waits for the station.
        await sleep(100);
        const changed = await client.query('UPDATE leads SET updated_at = now() WHERE id = $1', [rows[0]?.['id']]);
        expect(changed.rowCount).toBe(1);
        await client.query('COMMIT');
        await migrated;
        // One that a client has locked is left as it is.
        const left = await database.query('SELECT id FROM leads WHERE station_id IS NULL');
        expect([[], rows.slice(0, 1)]).toContainEqual(left.rows);
      } finally {
        await client.end();
      }
    }));

  test('rows that are there get the station that their parents tell, while a client has some of them locked', () =>
    withDatabase(major, 'legacy', async (database) => {
      const at = migrationsAfterBaseline.findIndex(({ name }) => name.endsWith('_station_access_identity'));
      await applyMigrations(database.query, migrationsAfterBaseline.slice(0, at));
      const db = drizzle({ client: database.client });
      const stations = await db
        .insert(Station)
        .values(['A', 'B'].map((code) => ({ name: code, code: `FILL-${code}`, displayName: code })))
        .returning();
      const [a = '', b = ''] = stations.map(({ id }) => id);
      const customers = await db
        .insert(Customer)
        .values([a, b, null].map((stationId) => ({ stationId, firstName: 'f', lastName: 'l', email: 'e', phone: '1' })))
        .returning();
      const [ofA = '', ofB = '', ofNone = ''] = customers.map(({ id }) => id);
      const leads = await db
        .insert(Lead)
        .values([ofA, ofB, ofNone, null, ofA].map((customerId) => ({ source: 'sms' as const, customerId })))
        .returning();
      const [leadOfA = '', leadOfB = ''] = leads.map(({ id }) => id);
      const locked = leads[4]?.id ?? '';
      const threads = await db
        .insert(LeadSocialThread)
        .values(
          [{ leadId: leadOfA }, { leadId: leadOfA, customerId: ofB }, { leadId: leadOfB, customerId: ofNone }, {}].map(
            (links) => ({ platform: 'yelp' as const, accountId: 'p', threadRef: randomUUID(), ...links }),
          ),
        )
        .returning();
      const conversations = await db
        .insert(AIConversation)
        .values([ofB, null].map((customerId) => ({ channel: 'web' as const, customerId })))
        .returning();
      const escalations = await db
        .insert(Escalation)
        .values(
          [conversations[0]?.id.toUpperCase(), conversations[1]?.id, 'no id'].map((conversationId = '') => ({
            conversationId,
            customerName: 'n',
            customerPhone: '1',
            reason: 'r',
          })),
        )
        .returning();
      const bookings = await db
        .insert(Booking)
        .values([a, null].map((stationId) => ({ ...newBooking(a, ofB), stationId })))
        .returning();
      const reviews = await db
        .insert(CustomerReview)
        .values(
          [
            { bookingId: bookings[0]?.id, customerId: ofB },
            { bookingId: bookings[1]?.id, customerId: ofB },
            { customerId: ofB },
            {},
          ].map((links) => ({ rating: 1, ...links })),
        )
        .returning();
      const reviewEscalations = await db
        .insert(ReviewEscalation)
        .values(reviews.map(({ id: reviewId }) => ({ reviewId, reason: 'r' })))
        .returning();
      const client = new pg.Client(database.url);
      await client.connect();
      try {
        const filled = () => applyMigrations(database.query, migrationsAfterBaseline.slice(at, at + 1));
        await client.query('BEGIN');
        await client.query('SELECT FROM escalations WHERE id = $1 FOR UPDATE', [escalations[0]?.id]);
        await expect(filled()).rejects.toMatchObject({ code: '55P03' });
        await client.query('ROLLBACK');
        await client.query('BEGIN');
        await client.query('SELECT FROM leads WHERE id = $1 FOR UPDATE', [locked]);
        await filled();
      } finally {
        await client.end();
      }
      const stationsOf = async (
        table:
          | typeof Lead
          | typeof LeadSocialThread
          | typeof AIConversation
          | typeof Escalation
          | typeof ReviewEscalation,
        rows: readonly { id: string }[],
      ) => {
        const found = await db.select({ id: table.id, stationId: table.stationId }).from(table);
        return rows.map(({ id }) => found.find((row) => row.id === id)?.stationId);
      };
      expect(await stationsOf(Lead, leads)).toEqual([a, b, null, null, null]);
      expect(await stationsOf(LeadSocialThread, threads)).toEqual([a, b, null, null]);
      expect(await stationsOf(AIConversation, conversations)).toEqual([b, null]);
      expect(await stationsOf(Escalation, escalations)).toEqual([b, null, null]);
      expect(await stationsOf(ReviewEscalation, reviewEscalations)).toEqual([a, null, b, null]);
    }));
});
