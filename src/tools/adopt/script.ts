import { counted } from '../counted.ts';
import type { AdoptReport, AdoptStep } from './report.ts';

/** How long a statement waits for a lock that its clients would notice: far less than PostgreSQL takes to look for deadlocks (1 s). */
const lockTimeout = `SET lock_timeout = '300ms';`;
const withoutLockTimeout = 'SET lock_timeout = 0;';

/** Waits for other changes and for old transactions, and keeps no client waiting. */
const waitsPatiently = /\b(?:CONCURRENTLY|VALIDATE CONSTRAINT)\b/;

/**
 * The statements of the script, without comments and without what is to be decided: each to be sent alone, in this order, on one session
 * outside of a transaction.
 *
 * @example
 * import { adopt, connect, listAdoptStatements } from 'canonical-models/adopt';
 *
 * const connection = await connect(process.env.DATABASE_URL);
 * for (const statement of listAdoptStatements(await adopt(connection))) await connection.query(statement);
 */
export function listAdoptStatements({ online, moves }: Pick<AdoptReport, 'online' | 'moves'>): string[] {
  return withLockTimeouts([...online, ...moves].flatMap(({ sql }) => sql)).filter(
    (statement) => !statement.startsWith('--'),
  );
}

/** Statements with the lock timeout that each is to have. */
function withLockTimeouts(statements: readonly string[], before = ''): string[] {
  let current = before;
  return statements.flatMap((statement) => {
    if (statement.startsWith('--')) return [statement];
    const wanted = waitsPatiently.test(statement) ? withoutLockTimeout : lockTimeout;
    if (wanted === current) return [statement];
    current = wanted;
    return [wanted, statement];
  });
}

/**
 * The report as a script for `psql`. What is to be decided is commented out: running the script does nothing that nobody has decided.
 *
 * @example
 * import { adopt, renderAdoptScript } from 'canonical-models/adopt';
 *
 * await writeFile('adopt.sql', renderAdoptScript(await adopt(connection)));
 */
export function renderAdoptScript(report: AdoptReport): string {
  const { online, moves, decide, leftAlone, taken } = report;
  return [
    ...head(report),
    ...section(
      '1. Online',
      'All clients go on. If a statement has to wait for a lock for more than 0.3 s, the script stops and nothing of that statement is done: run canonical-models adopt again, it writes what is left.',
      online,
      false,
    ),
    ...section(
      '2. To decide',
      'Nothing here runs. Take the comment marks from what you decide for, or accept the difference in canonical-models.json. It comes before the moves, as names change with them.',
      decide,
      true,
    ),
    ...section(
      '3. Moves',
      'Clients may notice these, so that each is a step of a plan. Labels of enums: first let every service take either case, then run the statements, then let them send the new labels; what still sends the old ones fails from here on. Places: a view is left under each old one, and takes reads and writes.',
      moves,
      false,
    ),
    ...(leftAlone.length === 0
      ? []
      : [
          '',
          '-- Left alone',
          ...leftAlone.map(({ table, rows, reason }) => comment(`${table} (${counted(rows, 'row')}): ${reason}.`)),
        ]),
    ...(taken === 0
      ? []
      : [
          '',
          comment(
            `${counted(taken, 'difference is taken as it is', 'differences are taken as they are')}: canonical-models baseline lists them.`,
          ),
        ]),
    '',
  ].join('\n');
}

/** What there is to say if there is nothing to do: a sentence, and what comes next; `undefined` if there is something. */
export function describeNothingToDo({
  database,
  status,
  online,
  moves,
  decide,
}: AdoptReport): { readonly verdict: string; readonly next: string } | undefined {
  if (status === 'empty') return { verdict: `${database} has none of the tables.`, next: 'canonical-models migrate' };
  if (status === 'already-recorded')
    return { verdict: `${database}: the baseline is recorded.`, next: 'canonical-models check' };
  if (online.length + moves.length + decide.length > 0) return undefined;
  return { verdict: `${database} is taken as it is.`, next: afterwards };
}

const afterwards = 'canonical-models baseline, then canonical-models migrate';

function head(report: AdoptReport): string[] {
  const { database, online, moves, decide } = report;
  const settled = describeNothingToDo(report);
  if (settled) return [comment(`${settled.verdict} Next: ${settled.next}`)];
  return [
    comment(
      `What brings ${database} to the baseline: ${online.length} steps online, ${moves.length} moves, ${decide.length} to decide.`,
    ),
    comment('Written by canonical-models adopt, which changed nothing. It fits the database as it was then.'),
    comment('Run it as the owner of the tables: psql -v ON_ERROR_STOP=1 -f <this file>'),
    comment(`Next: ${afterwards}`),
  ];
}

function section(title: string, text: string, steps: readonly AdoptStep[], isCommentedOut: boolean): string[] {
  if (steps.length === 0) return [];
  let before = '';
  return [
    '',
    `-- ${'='.repeat(97)}`,
    comment(`${title}. ${text}`),
    ...steps.flatMap((step) => {
      const statements = withLockTimeouts(step.sql, before);
      before = [...statements].reverse().find((each) => each === lockTimeout || each === withoutLockTimeout) ?? before;
      return [
        '',
        ...notes(step),
        ...statements.map((statement) => {
          if (statement.startsWith('--')) return oneLine(statement);
          return isCommentedOut ? commentedOut(statement) : statement;
        }),
      ];
    }),
  ];
}

function notes({ object, why, locks, lasts, inTheWay, sql }: AdoptStep): string[] {
  return [
    comment(`${object}: ${why}.`),
    ...(inTheWay && inTheWay.rows > 0
      ? [comment(`In the way: ${counted(inTheWay.rows, 'row')}. ${inTheWay.query}`)]
      : []),
    ...(sql.every((statement) => statement.startsWith('--')) ? [] : [comment(`Locks: ${locks}. For: ${lasts}.`)]),
  ];
}

function comment(text: string): string {
  return `-- ${oneLine(text)}`;
}

/** A name may hold a line break: what follows it would be a statement. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function commentedOut(statement: string): string {
  return statement
    .split('\n')
    .map((line) => (line.startsWith('--') ? line : `-- ${line}`))
    .join('\n');
}
