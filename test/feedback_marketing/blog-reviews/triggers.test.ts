import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blogReviewRefusals, isBlogReviewStep } from '../../../src/feedback_marketing/blog-reviews/steps.ts';
import { BlogPostStatus } from '../../../src/feedback_marketing/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { eachOfFewMajors, thorough } from '../../support/databases.ts';
import { openStationDatabase, type StationDatabase } from '../../support/station-access.ts';
import { addBlogReview, addFeedback, type Feedback, onConnections, outcomeOf } from '../support.ts';

const table = 'customer_review_blog_posts';
const refusedBy = (constraint: string) => `23514 ${table} ${constraint}`;

eachOfFewMajors((major) => {
  let database: StationDatabase;
  let feedback: Feedback;
  beforeAll(async () => {
    database = await openStationDatabase(major);
    feedback = await addFeedback(database.query);
  });
  afterAll(() => database.close());

  const review = (status: string, set: object = {}) => addBlogReview(database.query, feedback, { status, ...set });
  const change = (id: string, set: string) => `UPDATE ${table} SET ${set} WHERE id = '${id}'`;
  const approval = () => `status = 'approved', approved_by = '${feedback.adminId}', approved_at = now()`;
  const logOf = async (id: string) => {
    const { rows } = await database.query(
      `SELECT action, admin_id, comment FROM review_approval_log WHERE review_id = '${id}' ORDER BY created_at, action`,
    );
    return rows as { action: string; admin_id: string | null; comment: string | null }[];
  };

  describe('an UPDATE of the status', () => {
    const steps = BlogPostStatus.enumValues.flatMap((from) =>
      BlogPostStatus.enumValues.filter((to) => to !== from).map((to) => ({ from, to })),
    );
    test.each(steps)('from $from to $to is judged by the list of steps', async ({ from, to }) => {
      const id = await review(from);
      const full = `${approval()}, rejection_reason = 'r', status = '${to}'`.replace("status = 'approved', ", '');
      const outcome = await outcomeOf(database.client.query(change(id, full)));
      expect(outcome).toBe(isBlogReviewStep(from, to) ? 'done' : refusedBy(blogReviewRefusals.step));
      const { rows } = await database.query(`SELECT status FROM ${table} WHERE id = '${id}'`);
      expect(rows[0]).toEqual({ status: outcome === 'done' ? to : from });
    });

    test.each([
      ["status = 'approved'", blogReviewRefusals.approval],
      ["status = 'approved', approved_at = now()", blogReviewRefusals.approval],
      ["status = 'approved', approved_by = ADMIN", blogReviewRefusals.approval],
      ["status = 'rejected'", blogReviewRefusals.reason],
      ["status = 'rejected', rejection_reason = ' '", blogReviewRefusals.reason],
    ])('%s is refused', async (set, constraint) => {
      const id = await review('pending');
      const statement = change(id, set.replace('ADMIN', `'${feedback.adminId}'`));
      expect(await outcomeOf(database.client.query(statement))).toBe(refusedBy(constraint));
    });

    test('is not judged if the status stays: the approver may leave', async () => {
      const id = await review('approved', { approved_by: null, approved_at: null });
      await database.client.query(change(id, "status = 'approved', title = 'x', approved_by = NULL"));
      expect(await logOf(id)).toEqual([]);
    });
  });

  test('a new row may have any status', async () => {
    for (const status of BlogPostStatus.enumValues) expect(await logOf(await review(status))).toEqual([]);
  });

  describe('the log', () => {
    const exec = (statements: string) => database.exec(statements);
    const log = (id: string, action: string) =>
      `INSERT INTO review_approval_log (review_id, action, comment) VALUES ('${id}', '${action}', 'mine')`;

    test('gets a row for a step that nobody logged', async () => {
      const { adminId, supportId } = feedback;
      const id = await review('pending');
      await exec(change(id, approval()));
      await exec(change(id, `status = 'rejected', rejection_reason = 'r', reviewed_by = '${supportId}'`));
      await exec(change(id, "status = 'pending'"));
      await exec(change(id, `status = 'rejected', rejection_reason = 's'`));
      expect(await logOf(id)).toEqual([
        { action: 'approved', admin_id: adminId, comment: 'Review approved' },
        { action: 'rejected', admin_id: supportId, comment: 'Rejected: r' },
        { action: 'pending_review', admin_id: null, comment: null },
        { action: 'rejected', admin_id: null, comment: 'Rejected: s' },
      ]);
    });

    test.each([
      ['before', (id: string) => [log(id, 'approved'), change(id, approval())]],
      ['after', (id: string) => [change(id, approval()), log(id, 'approved')]],
      ['in a savepoint', (id: string) => [change(id, approval()), 'SAVEPOINT a', log(id, 'approved'), 'RELEASE a']],
      [
        'in an open savepoint in another',
        (id: string) => ['SAVEPOINT a', change(id, approval()), 'SAVEPOINT b', log(id, 'approved')],
      ],
    ])('keeps the row of a service that logs its step %s', async (_, statements) => {
      const id = await review('pending');
      await exec(['BEGIN', ...statements(id), 'COMMIT'].join('; '));
      expect((await logOf(id)).map(({ comment }) => comment)).toEqual(['mine']);
    });

    test.each([
      ['rolled back', (id: string) => ['SAVEPOINT a', log(id, 'approved'), 'ROLLBACK TO a', change(id, approval())]],
      ['of another step', (id: string) => [log(id, 'rejected'), change(id, approval())]],
    ])('does not take a row that is %s for the row of the step', async (_, statements) => {
      const id = await review('pending');
      await exec(['BEGIN', ...statements(id), 'COMMIT'].join('; '));
      expect((await logOf(id)).map(({ comment }) => comment)).toContain('Review approved');
    });

    test('does not take the row of another transaction, not even of a later one, for the row of the step', async () => {
      const id = await review('pending');
      const reject = change(id, "status = 'rejected', rejection_reason = 'r'");
      await database.client.query('BEGIN; SELECT pg_current_xact_id()');
      await onConnections(database.url, 1, async (other) => {
        await other.query(`BEGIN; ${reject}; ${log(id, 'rejected')}; COMMIT`);
        await other.query(change(id, "status = 'pending'"));
      });
      await database.client.query(`${reject}; COMMIT`);
      expect((await logOf(id)).map(({ comment }) => comment)).toEqual(['mine', null, 'Rejected: r']);
    });

    test('lets the review or its approver be deleted after the step', async () => {
      const [id, other] = [await review('pending'), await review('pending')];
      const leaving = await addFeedback(database.query);
      await exec(`BEGIN; ${change(id, approval())}; DELETE FROM ${table} WHERE id = '${id}'; COMMIT`);
      await exec(
        `BEGIN; ${change(other, approval().replace(feedback.adminId, leaving.adminId))}; DELETE FROM identity.users WHERE id = '${leaving.adminId}'; COMMIT`,
      );
      expect(await logOf(id)).toEqual([]);
      expect(await logOf(other)).toEqual([{ action: 'approved', admin_id: null, comment: 'Review approved' }]);
    });

    test('gets its row from a service of the station, too, whose step is judged as any other', async () => {
      const pool = database.service({ max: 1 });
      const id = await review('pending');
      const take = (set: string) =>
        withStation(drizzle({ client: pool }), { userId: feedback.supportId, stationId: feedback.stationId }, (tx) =>
          tx.execute(sql.raw(change(id, set))),
        );
      await expect(take("status = 'approved'")).rejects.toMatchObject({
        cause: { code: '23514', constraint: blogReviewRefusals.approval },
      });
      await take(approval());
      expect(await logOf(id)).toEqual([{ action: 'approved', admin_id: feedback.adminId, comment: 'Review approved' }]);
    });
  });

  test('the statements of a service that is not moved go on', async () => {
    const id = await review('pending');
    await database.exec(`BEGIN;
      UPDATE ${table} SET status = 'approved', approved_by = '${feedback.adminId}', approved_at = now(), rejection_reason = NULL, updated_at = now() WHERE id = '${id}';
      INSERT INTO review_approval_log (id, review_id, admin_id, action, comment, created_at) VALUES (gen_random_uuid(), '${id}', '${feedback.adminId}', 'approved', 'Review approved', now());
      COMMIT;`);
    const rejected = await review('pending');
    await database.exec(`BEGIN;
      UPDATE ${table} SET status = 'rejected', approved_by = '${feedback.adminId}', approved_at = NULL, rejection_reason = 'r', updated_at = now() WHERE id = '${rejected}';
      INSERT INTO review_approval_log (id, review_id, admin_id, action, comment, created_at) VALUES (gen_random_uuid(), '${rejected}', '${feedback.adminId}', 'rejected', 'Rejected: r', now());
      COMMIT;`);
    expect([...(await logOf(id)), ...(await logOf(rejected))]).toHaveLength(2);
    expect(await outcomeOf(database.client.query(change(rejected, approval())))).toBe(
      refusedBy(blogReviewRefusals.step),
    );
  });

  describe('slugs', () => {
    const give = async (client: pg.Client | pg.Pool, base: string, id: string) => {
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT next_blog_review_slug($1) AS slug', [base]);
      await client.query('INSERT INTO blog_review_slugs (review_id, slug, is_current) VALUES ($1, $2, false)', [
        id,
        rows[0].slug,
      ]);
      await client.query('COMMIT');
      return rows[0].slug as string;
    };

    const [count, rounds] = thorough ? [32, 20] : [8, 3];
    test(`are given once, by ${count} connections in ${rounds} rounds`, async () => {
      const id = await review('pending');
      const bases = ['great-evening', 'great-evening-2', `${'long-'.repeat(15)}title`, `${'long-'.repeat(15)}title-2`];
      const slugs = await onConnections(database.url, count, async (client, index) => {
        const given: string[] = [];
        for (let round = 0; round < rounds; round += 1) {
          given.push(await give(client, bases[(index + round) % bases.length] as string, id));
        }
        return given;
      });
      expect(new Set(slugs.flat()).size).toBe(count * rounds);
      expect(slugs.flat()).toEqual(expect.arrayContaining(['great-evening', 'great-evening-2', 'great-evening-3']));
      expect(slugs.flat().every((slug) => slug.length <= 80 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug))).toBe(true);
    });

    test('a review has one current slug, and several former ones', async () => {
      const id = await review('pending');
      const add = (slug: string, isCurrent: boolean) =>
        database.client.query(
          `INSERT INTO blog_review_slugs (review_id, slug, is_current) VALUES ('${id}', '${slug}', ${isCurrent})`,
        );
      await add('one', true);
      await add('two', false);
      await add('three', false);
      expect(await outcomeOf(add('four', true))).toBe('23505 blog_review_slugs blog_review_slugs_current_key');
      expect(await outcomeOf(add('one', false))).toBe('23505 blog_review_slugs blog_review_slugs_slug_key');
    });

    test('a service of a station gets one that another station does not have, whose slugs it does not see', async () => {
      const other = await addFeedback(database.query);
      const id = await addBlogReview(database.query, other, { slug: 'of-a-service-that-is-not-moved' });
      await database.exec(`INSERT INTO blog_review_slugs (review_id, slug) VALUES ('${id}', 'of-the-other-station')`);
      const pool = database.service({ max: 1 });
      const seen = await withStation(
        drizzle({ client: pool }),
        { userId: feedback.supportId, stationId: feedback.stationId },
        async (tx) => {
          const { rows } = await tx.execute<Record<string, unknown>>(
            sql`SELECT next_blog_review_slug('of-the-other-station') AS a, next_blog_review_slug('of-a-service-that-is-not-moved') AS b,
              (SELECT count(*)::int FROM blog_review_slugs WHERE slug = 'of-the-other-station') AS seen`,
          );
          return rows[0];
        },
      );
      expect(seen).toEqual({ a: 'of-the-other-station-2', b: 'of-a-service-that-is-not-moved-2', seen: 0 });
    });
  });
});
