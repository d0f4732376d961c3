import { expect } from 'vitest';
import { type AdoptReport, type AdoptStep, adopt, listAdoptStatements } from '../../../src/tools/adopt/index.ts';
import type { Query } from '../../../src/tools/database/query.ts';
import { stateOf } from '../../support/data.ts';
import { connectionTo, type ServerDatabase } from '../../support/databases.ts';

/** A value for a column whose rows have none: any one will do. */
async function fill(query: Query, object: string): Promise<void> {
  const [table, column] = [object.slice(0, object.lastIndexOf('.')), object.slice(object.lastIndexOf('.') + 1)];
  const { rows } = await query(
    `SELECT format_type(atttypid, atttypmod) AS type, (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = atttypid LIMIT 1) AS label
     FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2`,
    [table, column],
  );
  const { type, label } = rows[0] as { type: string; label: string | null };
  const values: readonly (readonly [RegExp, string])[] = [
    [/^uuid/, 'gen_random_uuid()'],
    [/^(timestamp|date)/, 'now()'],
    [/^(integer|bigint|smallint|numeric)/, '1'],
    [/^boolean/, 'false'],
    [/^json/, `'{}'`],
  ];
  const value = label ?? values.find(([pattern]) => pattern.test(type))?.[1] ?? `left(gen_random_uuid()::text, 5)`;
  await query(`UPDATE ${table} SET "${column}" = (${value})::${type} WHERE "${column}" IS NULL`);
}

/** Runs a step as the operator does who has decided for it. */
async function runStep(query: Query, step: AdoptStep): Promise<void> {
  for (const statement of listAdoptStatements({ online: [step], moves: [] })) {
    if (step.kind === 'missing-required-column' && / VALIDATE CONSTRAINT /.test(statement))
      await fill(query, step.object);
    await query(statement).catch((error: unknown) => {
      throw new Error(`${step.kind} ${step.object}: ${statement}`, { cause: error });
    });
  }
}

/**
 * From the first question to the last script, as an operator goes who decides for everything that is to be decided: each round is one script.
 *
 * @param correct What the operator does by hand after the first script: corrects rows, or changes what the script only names.
 */
export async function carry(database: ServerDatabase, correct = 'SELECT 1'): Promise<AdoptReport> {
  const { query } = database;
  let tablesMeant: readonly string[] = [];
  for (let round = 1; ; round++) {
    const before = await stateOf(query);
    const report = await adopt(connectionTo(database), { tables: tablesMeant });
    expect(await stateOf(query)).toEqual(before);
    if (report.status === 'ready' || round === 4) return report;
    for (const step of [...report.online, ...report.decide, ...report.moves]) {
      if ((step.inTheWay?.rows ?? 0) > 0) continue;
      await runStep(query, step);
    }
    tablesMeant = report.decide
      .filter(({ kind }) => kind === 'meeting-tables')
      .map(({ sql }) => String(/--table (s\S+)$/.exec(sql.join('\n'))?.[1]));
    await query('RESET lock_timeout');
    if (round === 1) await database.exec(correct);
  }
}
