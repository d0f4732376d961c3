import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { Booking, Customer } from '../../src/core/index.ts';
import { Station } from '../../src/identity/index.ts';
import { eachOfFewMajors } from '../support/databases.ts';
import { blocksOf, guides, reference } from '../support/documents.ts';
import { newBooking, newStation, newStationUser } from '../support/identity.ts';
import { runNode } from '../support/kit.ts';
import { packedPackage } from '../support/package.ts';
import { openStationDatabase, type StationDatabase } from '../support/station-access.ts';
import { newApiReview, startGoogleServer } from './google-reviews/google-server.ts';

const links = { google: 'https://g.page/r/station/review' };

/** Creates the login role that a list of docs/reference/grants.md is for, and returns how to connect as it. */
async function createRole(
  database: StationDatabase,
  name: 'website' | 'worker',
): Promise<{ role: string; url: string }> {
  const grants = reference.find(({ path }) => path.endsWith('/grants.md')) ?? expect.fail('no grants.md');
  const block =
    blocksOf(grants).find(({ code }) => code.includes(` TO ${name};`)) ?? expect.fail(`no grants of ${name}`);
  const role = `${name}_${database.name}`;
  await database.exec(
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'; ${block.code.replaceAll(` TO ${name};`, ` TO ${role};`)}`,
  );
  const url = Object.assign(new URL(database.url), { username: role, password: 'x' });
  return { role, url: url.href };
}

eachOfFewMajors((major) => {
  test('the story of docs/guides/reviews.md runs as printed, in a service that has the package', {
    timeout: 300_000,
  }, async () => {
    const { service } = await packedPackage();
    const folder = mkdtempSync(join(service, 'reviews-'));
    const database = await openStationDatabase(major);
    const google = await startGoogleServer();
    const [website, worker] = [await createRole(database, 'website'), await createRole(database, 'worker')];
    try {
      const guide = guides.find(({ path }) => path === 'docs/guides/reviews.md') ?? expect.fail('no such guide');
      for (const [index, { code }] of blocksOf(guide).entries()) {
        writeFileSync(join(folder, `step-${index + 1}.mjs`), (await transform(code, { loader: 'ts' })).code);
      }
      writeFileSync(join(folder, 'story.mjs'), story);

      const { owner } = database;
      // No event of the legacy data is in the way.
      await owner.update(Booking).set({ eventDate: sql`now() - interval '1 year'` });
      const stationId = await newStation(owner);
      await owner.update(Station).set({ settings: { reviews: { links } } });
      const userId = await newStationUser(owner, stationId);
      const yesterday = new Date(Date.now() - 24 * 60 * 60 * 1000);
      const guest = async (firstName: string, lastName: string, phone: string) => {
        const [customer] = await owner
          .insert(Customer)
          .values({ stationId, firstName, lastName, email: `${firstName}@example.com`, phone })
          .returning();
        const customerId = customer?.id as string;
        const booking = { ...newBooking(stationId, customerId), status: 'completed' as const };
        const rows = [{ ...booking, eventDate: yesterday }, booking];
        const [past, next] = await owner.insert(Booking).values(rows).returning();
        return { customerId, bookingId: past?.id, nextBookingId: next?.id };
      };
      const ada = await guest('Ada', 'Lovelace', '+15550100');
      const grace = await guest('Grace', 'Hopper', '+15550101');
      google.reviews = [
        newApiReview(),
        newApiReview({
          starRating: 'TWO',
          comment: 'Cold rice.',
          reviewer: { displayName: 'Grace H.' },
          createTime: new Date().toISOString(),
          updateTime: new Date().toISOString(),
        }),
      ];

      const ran = await runNode(
        [join(folder, 'story.mjs'), JSON.stringify({ at: { userId, stationId }, ada, grace })],
        {
          cwd: service,
          env: {
            DATABASE_URL: database.serviceUrl,
            WEBSITE_DATABASE_URL: website.url,
            WORKER_DATABASE_URL: worker.url,
            GOOGLE_ACCESS_TOKEN: google.token,
            GOOGLE_BASE_URL: google.baseUrl,
          },
        },
      );
      expect(ran, ran.stderr).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(ran.stdout)).toMatchObject({
        asked: ['+15550100', '+15550101'],
        adas: { links, forStaff: [{ content: { stars: 5 } }] },
        graces: { links, forStaff: [{ content: { stars: 2, priority: 'medium' } }] },
        published: { kind: 'blog-review-approved', content: { slug: 'a-great-evening' } },
        page: { by: 'Ada Lovelace', head: { canonicalUrl: 'https://example.com/reviews/a-great-evening' } },
        issued: { kind: 'coupon-issued', to: { name: 'Grace Hopper' } },
        quoted: { amountOff: 6_500, amountDue: 58_500 },
        redeemed: { amountOff: 6_500, bookingId: grace.nextBookingId },
        synced: { isWhole: true, created: 2, notifications: [{ content: { stars: 2 } }] },
        found: {
          customers: [
            { customerId: grace.customerId, reasons: ['similar-name', 'booking-before'] },
            { customerId: ada.customerId, reasons: ['booking-before'] },
          ],
        },
        replied: { replyState: 'pending', customerId: grace.customerId },
      });
      expect(google.reviews[1]?.reviewReply?.comment).toBe('We are sorry, and have written to you.');
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await google.close();
      for (const { role } of [website, worker]) await database.exec(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await database.close();
    }
  });
});

/** Tells the story with the code of the guide, and prints what each step gave. */
const story = `
  import { askForReviews } from './step-1.mjs';
  import { answer, writeTestimonial } from './step-2.mjs';
  import { page, publishOldest } from './step-3.mjs';
  import { makeUpForOldest } from './step-4.mjs';
  import { quote, redeem } from './step-5.mjs';
  import { candidates, linkAndReply, sync } from './step-6.mjs';

  const { at, ada, grace } = JSON.parse(process.argv[2]);
  const tokens = {};
  await askForReviews(async (phone, text) => {
    tokens[phone] = text.split('/').at(-1);
  });
  const adas = await answer(tokens['+15550100'], 5);
  const graces = await answer(tokens['+15550101'], 2, 'The rice was cold.');
  await writeTestimonial({
    customerId: ada.customerId,
    bookingId: ada.bookingId,
    customerName: 'Ada Lovelace',
    customerEmail: 'ada@example.com',
    title: 'A great evening',
    content: 'The chef was funny and fast, and the children still talk about the onion volcano.',
    rating: 5,
  });
  const published = await publishOldest(at);
  const shown = await page(published.content.slug);
  const issued = await makeUpForOldest(at);
  const quoted = await quote(at, issued.content.code.toLowerCase(), 65_000, grace.customerId);
  const redeemed = await redeem(at, issued.content.code, grace.nextBookingId, 65_000);
  const synced = await sync(at.stationId, true);
  const found = await candidates(at);
  const replied = await linkAndReply(at, found.reviewId, found.customers[0].customerId);
  const told = {
    asked: Object.keys(tokens).sort(), adas, graces, published, page: shown, issued, quoted, redeemed, synced, found, replied,
  };
  process.stdout.write(JSON.stringify(told), () => process.exit(0));
`;
