import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Customer } from '../../../src/core/index.ts';
import { withStation } from '../../../src/identity/access/index.ts';
import { type Engine, eachEngine, engines, shareOf, thorough } from '../../support/databases.ts';
import {
  at,
  customersOf,
  type Driver,
  type Drivers,
  expectNothingLeftOn,
  openDrivers,
  type ServiceDatabase,
  type StationName,
  stations,
} from './drivers.ts';

/** What a callback does with its handle. What is late is awaited by nobody. */
type Step =
  | { readonly kind: 'read' | 'write'; readonly isLate: boolean; readonly pause: number }
  /** A call with the handle of the callback or, wrongly, with the one around it. */
  | { readonly kind: 'call'; readonly isLate: boolean; readonly isOuter: boolean; readonly call: Call }
  | { readonly kind: 'savepoint'; readonly isLate: boolean; readonly steps: readonly Step[]; readonly throws: boolean }
  | { readonly kind: 'break'; readonly statement: string }
  /** A read by a handle that some callback had. */
  | { readonly kind: 'kept'; readonly which: number };

interface Call {
  readonly station: StationName;
  readonly steps: readonly Step[];
  readonly isParallel: boolean;
  readonly throws: boolean;
}

/** Callers side by side, of which some begin a transaction of their own. */
type Program = readonly { readonly call: Call; readonly isInTransaction: boolean }[];

/** Statements that fail, that have others cancelled, and that try to leave the context. */
const resetsRole = 'RESET ROLE';
const breaks = [
  'SELECT 1 / 0',
  'SET LOCAL statement_timeout = 2',
  'COMMIT',
  '/* /* */ */ ; rollback',
  'ROLLBACK TO SAVEPOINT sp1',
  'SELECT 1; COMMIT; BEGIN',
  resetsRole,
];

const seldom = fc.nat(4).map((one) => one === 0);
const { call: calls } = fc.letrec<{ step: Step; call: Call }>((tie) => ({
  call: fc.record({
    station: fc.constantFrom('A' as const, 'B' as const),
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 4 }),
    isParallel: fc.boolean(),
    throws: seldom,
  }),
  step: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({
      kind: fc.constantFrom('read' as const, 'write' as const),
      isLate: seldom,
      pause: fc.constantFrom(0, 0, 1, 3),
    }),
    fc.record({ kind: fc.constant('kept' as const), which: fc.nat(9) }),
    fc.record({ kind: fc.constant('break' as const), statement: fc.constantFrom(...breaks) }),
    fc.record({
      kind: fc.constant('savepoint' as const),
      isLate: seldom,
      steps: fc.array(tie('step'), { minLength: 1, maxLength: 3 }),
      throws: seldom,
    }),
    fc.record({ kind: fc.constant('call' as const), isLate: seldom, isOuter: seldom, call: tie('call') }),
  ),
}));
const programs: fc.Arbitrary<Program> = fc.array(fc.record({ call: calls, isInTransaction: seldom }), {
  minLength: 1,
  maxLength: 5,
});

/** A transaction, call or savepoint: what was written in it is kept if it and all around it were. */
interface Part {
  readonly around: Part | undefined;
  readonly station: StationName;
  /** Whether its reads may find too little: a statement of its transaction took its role away. */
  readonly transaction: { hasLostRole: boolean };
  isKept: boolean;
  /** What was written by its own handle. */
  readonly marks: string[];
}

/** One run of a program, and what is wrong with what it saw. */
class Run {
  readonly wrong: string[] = [];
  reads = 0;
  readonly #written: { readonly mark: string; readonly part: Part }[] = [];
  /** Everything that was begun, awaited by the program or not. */
  readonly #begun: Promise<unknown>[] = [];

  constructor(
    private readonly driver: Driver,
    private readonly kept: { readonly tx: ServiceDatabase; readonly part: Part }[],
  ) {}

  async all(program: Program): Promise<void> {
    const { db, name } = this.driver;
    // Two transactions that are begun side by side on one client are one transaction: PostgreSQL only warns.
    const mayBegin = name !== 'node-postgres, a client' || program.length === 1;
    for (const { call, isInTransaction } of program) {
      const own: Part = this.#partOf(undefined, call.station);
      this.#begin(
        isInTransaction && mayBegin
          ? this.#in(own, () => db.transaction((raw) => this.#call(raw as unknown as ServiceDatabase, call, own)))
          : this.#call(db, call, undefined),
      );
    }
    for (let done = 0; done < this.#begun.length; done++) await this.#begun[done];
  }

  /** The marks that have to be in the database, and all that might be. */
  expected(): { readonly kept: string[]; readonly all: string[] } {
    const isKept = (part: Part | undefined): boolean => !part || (part.isKept && isKept(part.around));
    const kept = this.#written.filter(({ part }) => isKept(part));
    const text = ({ mark, part }: { mark: string; part: Part }) => `${part.station} ${mark}`;
    return { kept: kept.map(text).sort(), all: this.#written.map(({ mark }) => mark) };
  }

  #partOf(around: Part | undefined, station: StationName): Part {
    return { around, station, transaction: around?.transaction ?? { hasLostRole: false }, isKept: false, marks: [] };
  }

  #begin(work: Promise<unknown>): Promise<unknown> {
    const settled = work.catch((error: unknown) => {
      if (error instanceof TypeError || error instanceof ReferenceError) this.wrong.push(String(error.stack));
    });
    this.#begun.push(settled);
    return settled;
  }

  async #in(part: Part, work: () => Promise<unknown>): Promise<void> {
    await work();
    part.isKept = true;
  }

  #call(db: ServiceDatabase, call: Call, around: Part | undefined): Promise<void> {
    const part = this.#partOf(around, call.station);
    return this.#in(part, () =>
      withStation(db, at(call.station), async (tx) => {
        const handle = tx as unknown as ServiceDatabase;
        this.kept.push({ tx: handle, part });
        await this.#steps(handle, call.steps, part, db, call.isParallel);
        if (call.throws) throw new RangeError('on purpose');
      }),
    );
  }

  async #steps(tx: ServiceDatabase, steps: readonly Step[], part: Part, outer: ServiceDatabase, isParallel: boolean) {
    const running: Promise<unknown>[] = [];
    for (const step of steps) {
      const work = this.#begin(this.#step(tx, step, part, outer));
      if ('isLate' in step && step.isLate) continue;
      if (isParallel) running.push(work);
      else await work;
    }
    await Promise.all(running);
  }

  async #step(tx: ServiceDatabase, step: Step, part: Part, outer: ServiceDatabase): Promise<void> {
    switch (step.kind) {
      case 'read':
        if (step.pause) await sleep(step.pause);
        return this.#read(tx, part);
      case 'write': {
        if (step.pause) await sleep(step.pause);
        const mark = randomUUID();
        await tx
          .insert(Customer)
          .values({ stationId: stations[part.station], firstName: 'f', lastName: mark, email: 'e', phone: '1' });
        this.#written.push({ mark, part });
        part.marks.push(mark);
        return this.#read(tx, part);
      }
      case 'break':
        if (step.statement === resetsRole) {
          // Everybody is a superuser on PGlite, who is not restricted without the role.
          if (this.driver.name === 'PGlite') return;
          part.transaction.hasLostRole = true;
        }
        await tx.execute(sql.raw(step.statement));
        return;
      case 'kept': {
        const one = this.kept[step.which % this.kept.length];
        if (one) await this.#read(one.tx, one.part);
        return;
      }
      case 'savepoint': {
        const savepoint = this.#partOf(part, part.station);
        return this.#in(savepoint, () =>
          tx.transaction(async (inner) => {
            this.kept.push({ tx: inner as unknown as ServiceDatabase, part: savepoint });
            await this.#steps(inner as unknown as ServiceDatabase, step.steps, savepoint, tx, false);
            if (step.throws) throw new RangeError('on purpose');
          }),
        );
      }
      case 'call':
        // With the pool itself it would be a call beside this one, and four of them would wait for a fifth connection.
        return step.isOuter && outer !== this.driver.db
          ? this.#call(outer, step.call, part.around)
          : this.#call(tx, step.call, part);
    }
  }

  /** Reads all that the handle reaches: the rows of its station, all of those there at first, and what it wrote. */
  async #read(tx: ServiceDatabase, part: Part): Promise<void> {
    const marks = [...part.marks];
    const mayMiss = part.transaction.hasLostRole;
    const rows = await tx.select({ stationId: Customer.stationId, name: Customer.lastName }).from(Customer);
    this.reads++;
    const foreign = rows.filter(({ stationId }) => stationId !== stations[part.station]).length;
    if (foreign > 0) this.wrong.push(`${foreign} rows too many at ${part.station}`);
    if (mayMiss || part.transaction.hasLostRole) return;
    const names = new Set(rows.map(({ name }) => name));
    const first = Array.from({ length: customersOf[part.station] }, (_, index) => String(index + 1));
    const missed = [...first, ...marks].filter((name) => !names.has(name)).length;
    if (missed > 0) this.wrong.push(`${missed} rows too few at ${part.station}`);
  }
}

const wanted = thorough ? 100_000 : 150;
const drivers = [0, 1, 2];
/** In a short run the versions share the drivers. */
const driversOn = (engine: Engine) => (engine === 'pglite' ? [0] : shareOf(drivers, engine));
const inEach = Math.ceil(wanted / engines.flatMap(driversOn).length);

eachEngine((engine) => {
  let opened: Drivers;
  beforeAll(async () => {
    opened = await openDrivers(engine);
  });
  afterAll(() => opened.close());

  test.each(driversOn(engine))(
    'random callers, of driver %i: no row too many, none too few, nothing left',
    async (index) => {
      const driver = opened.drivers[index] as Driver;
      let reads = 0;
      const kept: ConstructorParameters<typeof Run>[1] = [];
      await fc.assert(
        fc.asyncProperty(programs, async (program) => {
          const run = new Run(driver, kept);
          const isDone = await Promise.race([run.all(program).then(() => true), sleep(60_000, false, { ref: false })]);
          expect(isDone, 'ends').toBe(true);
          await expectNothingLeftOn(driver);
          const { kept: keptMarks, all } = run.expected();
          const { rows } = await opened.administrator(
            `SELECT CASE station_id WHEN $2 THEN 'A' ELSE 'B' END || ' ' || last_name AS mark FROM customers
            WHERE last_name = ANY($1) ORDER BY 1`,
            [all, stations.A],
          );
          await opened.administrator('DELETE FROM customers WHERE last_name = ANY($1)', [all]);
          expect(run.wrong).toEqual([]);
          expect(rows.map(({ mark }) => mark)).toEqual(keptMarks);
          kept.splice(0, kept.length - 20);
          reads += run.reads;
        }),
        { numRuns: inEach, endOnFailure: true },
      );
      expect(reads).toBeGreaterThan(inEach);
    },
    thorough ? 3_600_000 : 120_000,
  );
});
