import pg from 'pg';
import { expect } from 'vitest';
import { adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import { connect } from '../../../src/tools/database/connect.ts';
import type { ServerDatabase } from '../../support/databases.ts';
import { Traffic } from '../migrate/traffic.ts';
import { adoptFixture } from './real-databases.ts';

/** What the clients of the traffic do without: they leave these to the defaults and constraints that they have. */
const looser = `
  ALTER TABLE public.messages ALTER COLUMN is_read DROP NOT NULL, ALTER COLUMN message_metadata DROP NOT NULL;
  ALTER TABLE public.message_threads ALTER COLUMN status DROP NOT NULL;
  ALTER TABLE public.customer_reviews ALTER COLUMN is_featured DROP DEFAULT, ALTER COLUMN is_featured DROP NOT NULL,
    DROP CONSTRAINT check_rating_range;
  ALTER TABLE public.social_accounts ALTER COLUMN webhook_verified DROP DEFAULT, ALTER COLUMN webhook_verified DROP NOT NULL;
  ALTER TABLE public.social_identities ALTER COLUMN confidence_score DROP DEFAULT, ALTER COLUMN confidence_score DROP NOT NULL;
  ALTER TABLE identity.social_accounts ALTER COLUMN updated_at DROP NOT NULL, DROP CONSTRAINT uq_social_accounts_provider;
  ALTER TABLE public.qr_scans DROP CONSTRAINT qr_scans_pkey;
  ALTER INDEX public.messages_pkey RENAME TO pk_messages;`;

/** Kinds of statements whose NOT NULL could not hold while clients write rows without a value. */
const afterDefaults = /-default$/;

/**
 * Runs the section "online" while clients are at work on every table that is renamed: no statement of theirs fails, and no row is lost.
 */
export async function runOnlineUnderTraffic({ url, query, exec }: ServerDatabase): Promise<void> {
  await exec(adoptFixture('missing-keys'));
  await exec(looser);
  const connection = await connect(url);
  const traffic = await Traffic.start(url);
  const operator = new pg.Client(url);
  await operator.connect();
  try {
    await traffic.more(200);
    // The defaults come first. Rows that were written without them get their value before the rest of the script.
    const first = await adopt(connection);
    for (const step of first.online.filter(({ kind }) => afterDefaults.test(kind))) await run(operator, step.sql);
    await exec(`UPDATE public.customer_reviews SET is_featured = false WHERE is_featured IS NULL`);
    await exec(`UPDATE public.social_accounts SET webhook_verified = false WHERE webhook_verified IS NULL`);
    await exec(`UPDATE public.social_identities SET confidence_score = 1 WHERE confidence_score IS NULL`);
    const report = await adopt(connection);
    const kinds = new Set(report.online.map(({ kind }) => kind));
    for (const kind of [
      'missing-not-null',
      'missing-index',
      'missing-key',
      'missing-check',
      'missing-foreign-key',
      'other-constraint-name',
    ] as const) {
      expect(kinds).toContain(kind);
    }
    await run(operator, listAdoptStatements({ online: report.online, moves: [] }));
    await traffic.more(200);
    await traffic.pause();
    expect(traffic.failures).toEqual([]);
    expect(await traffic.reckon(query)).toMatchObject({ lost: [], doubled: [], unexpected: [] });
    const left = await adopt(connection);
    expect(left.online).toEqual([]);
    // Only the rows that never had a thread, a chef, a code, a station are left to decide about.
    expect(left.decide.map(({ kind }) => kind)).toEqual([
      'not-validated',
      'not-validated',
      'not-validated',
      'not-validated',
    ]);
  } finally {
    await traffic.stop();
    await operator.end();
    await connection.close();
  }
}

/** Runs a script as an operator does who starts again where it stopped for a lock. */
async function run(operator: pg.Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements.filter((each) => !each.startsWith('--'))) {
    for (let attempt = 1; ; attempt++) {
      try {
        await operator.query(statement);
        break;
      } catch (error) {
        if ((error as { code?: string }).code !== '55P03' || attempt === 100) throw error;
      }
    }
  }
}
