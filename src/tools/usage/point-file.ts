import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { InvalidInput } from '../../errors.ts';
import type { Query } from '../database/query.ts';
import { readInTransaction } from '../database/read-only-transaction.ts';
import { assertAllVisible, currentCounters, type RememberedPoint, rememberFailure } from './remembered-point.ts';

/** A remembered point as its file has it. It holds no texts of statements. */
interface PointFile {
  readonly version: 1;
  /** The database, by the name and number that it has on this server. */
  readonly database: string;
  readonly databaseId: string;
  /** Times in ISO 8601. */
  readonly rememberedAt: string;
  readonly statisticsReset: string;
  readonly dropped: number;
  readonly calls: Readonly<Record<string, number>>;
}

const databaseNow = `current_database() AS database, (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS id`;

/**
 * Writes the current counters of this database to a file, which replaces one that is there.
 *
 * @param schema The schema of the extension pg_stat_statements, quoted.
 * @throws {NotSetUp} if the role may not read every counter, or there are none.
 * @throws {InvalidInput} if the file cannot be written.
 */
export async function writePointFile(query: Query, schema: string, file: string): Promise<Date> {
  const { at, point } = await readInTransaction(query, async () => {
    await assertAllVisible(query, schema);
    const { rows } = await query(
      `SELECT ${databaseNow}, remembered_at AS at, statistics_reset AS reset, dropped::text, counters
       FROM (${currentCounters(schema)}) AS now`,
    );
    const row = rows[0] ?? {};
    const written: PointFile = {
      version: 1,
      database: String(row['database']),
      databaseId: String(row['id']),
      rememberedAt: (row['at'] as Date).toISOString(),
      statisticsReset: (row['reset'] as Date).toISOString(),
      dropped: Number(row['dropped']),
      calls: row['counters'] as Record<string, number>,
    };
    return { at: row['at'] as Date, point: written };
  }).catch((error: unknown) => {
    throw rememberFailure(error);
  });
  // Written beside it first: a run that is killed leaves the point of before.
  const beside = `${file}.${randomUUID()}`;
  try {
    await writeFile(beside, `${JSON.stringify(point, null, 2)}\n`, { flag: 'wx' });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw fileFailure(
      file,
      `a file that cannot be written (${codeOf(error)})`,
      'give a file in a folder that you may write',
      error,
    );
  }
  return at;
}

/**
 * Reads a point from its file.
 *
 * @throws {InvalidInput} if it cannot be read, is not a point, or is one of another database.
 */
export async function readPointFile(query: Query, file: string): Promise<RememberedPoint> {
  const again = `canonical-models usage --remember --point ${file}`;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileFailure(file, `a file that cannot be read (${codeOf(error)})`, again, error);
  });
  const point = parsed(text);
  if (!point) throw fileFailure(file, 'a file that holds no remembered point', again);
  const { rows } = await query(`SELECT ${databaseNow}`);
  const { database, id } = rows[0] ?? {};
  if (point.database !== database || point.databaseId !== id) {
    throw fileFailure(
      file,
      `a point of database ${point.database}`,
      `give the file of database ${database}, or ${again}`,
    );
  }
  return {
    at: new Date(point.rememberedAt),
    statisticsReset: new Date(point.statisticsReset),
    dropped: point.dropped,
    calls: new Map(Object.entries(point.calls)),
  };
}

function parsed(text: string): PointFile | undefined {
  try {
    const point = JSON.parse(text) as Partial<PointFile> | null;
    const isTime = (time: unknown) => typeof time === 'string' && !Number.isNaN(Date.parse(time));
    const isPoint =
      point?.version === 1 &&
      typeof point.database === 'string' &&
      typeof point.databaseId === 'string' &&
      isTime(point.rememberedAt) &&
      isTime(point.statisticsReset) &&
      typeof point.dropped === 'number' &&
      typeof point.calls === 'object' &&
      Object.values(point.calls ?? {}).every((calls) => typeof calls === 'number');
    return isPoint ? (point as PointFile) : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: string } | undefined)?.code ?? error);
}

function fileFailure(file: string, found: string, next: string, cause?: unknown): InvalidInput {
  return new InvalidInput({
    object: `--point ${file}`,
    found,
    expected: 'the file of a point that was remembered in this database',
    next,
    ...(cause !== undefined && { cause }),
  });
}
