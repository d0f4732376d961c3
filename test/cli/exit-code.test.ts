import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import {
  Conflict,
  InvalidInput,
  LimitReached,
  NotAuthenticated,
  NotFound,
  NotPermitted,
  NotSetUp,
} from '../../src/errors.ts';
import { MigrateFailure, type MigrateReport } from '../../src/tools/migrate/index.ts';

const details = { object: '--url', found: 'nothing', expected: 'a URL', next: 'give --url' };

test('a command exits with 1 if the answer is "no", and with 2 if it could not be asked', () => {
  for (const Meaning of [Conflict, NotFound]) expect(exitCodeOf(new Meaning(details)), Meaning.name).toBe(1);
  for (const Meaning of [InvalidInput, NotAuthenticated, NotPermitted, LimitReached, NotSetUp]) {
    expect(exitCodeOf(new Meaning(details)), Meaning.name).toBe(2);
  }
  expect(exitCodeOf(new Error('a bug', { cause: new Conflict(details) }))).toBe(2);
  expect(exitCodeOf(new NotSetUp({ ...details, cause: new Conflict(details) }))).toBe(2);
});

test('a run that failed exits as what stopped it does, and says the same', () => {
  const report = { version: 1, steps: [] } as unknown as MigrateReport;
  const database = Object.assign(new Error('deadlock detected'), { code: '40P01' });
  const conflict = new Conflict({ ...details, cause: database });
  const failure = new MigrateFailure(conflict, report);
  expect(failure).toMatchObject({ ...details, code: 'conflict', message: conflict.message, report, cause: conflict });
  expect([exitCodeOf(failure), exitCodeOf(new MigrateFailure(new NotSetUp(details), report))]).toEqual([1, 2]);
});
