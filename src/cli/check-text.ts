import { testedVersion } from '../peers.ts';
import type { CheckReport, SchemaDifference, UnknownObject } from '../tools/check/report.ts';
import { counted } from '../tools/counted.ts';
import { entryText } from '../tools/database/entry-by-user-id.ts';
import type { CheckStatus } from '../tools/database-state.ts';
import { noteSections, unusedText } from './deviations-text.ts';
import { removalText } from './removal-text.ts';
import { type coloursFor, fitSqlToScreen, fitToScreen, table } from './terminal.ts';

type Colours = ReturnType<typeof coloursFor>;

/** What to do first on a database that the migrations have not reached. */
const nextSteps: Readonly<Record<Exclude<CheckStatus, 'agrees' | 'differs'>, readonly [state: string, next: string]>> =
  {
    'partly-migrated': ['some migrations are pending', 'canonical-models migrate'],
    unrecorded: [
      'it has tables of this package, and no record of migrations',
      'canonical-models baseline, then canonical-models migrate',
    ],
    empty: ['it has none of the tables', 'canonical-models migrate'],
  };

/**
 * A report for people, one section a heading, without the sections that are empty.
 *
 * @param label The database, as in `Connection.label`.
 */
export function reportText(report: CheckReport, label: string, colours: Colours): string {
  const { status } = report;
  if (status !== 'agrees' && status !== 'differs') return unreachedText(report, status, label, colours);
  return joined([
    fitted(`${colours.bold(label)}: ${verdict(report, colours)}`),
    differsSection(report, colours),
    acceptedSection(report, colours),
    orphansSection(report, colours),
    transitionalSection(report, colours),
    retiredSection(report, colours),
    unknownSection(report, colours),
    notesSection(report, colours),
    unusedText(report.unusedAccept, colours),
    fitted(kitText(report)),
    fitted(`Stations are entered ${entryText(report.entryByUserId)}.`),
    duplicatesSection(report, colours),
  ]);
}

/**
 * What a check after `migrate` adds to its report: what differs, the rest in one line, and what to do next. Orphans are left to `check`.
 *
 * @param run.hasMigrated Whether the run has applied or recorded a migration.
 */
export function checkAfterMigrateText(
  report: CheckReport,
  { label, hasMigrated }: { readonly label: string; readonly hasMigrated: boolean },
  colours: Colours,
): string {
  const { status, drizzleKit, transitional } = report;
  if (status !== 'agrees' && status !== 'differs') return unreachedText(report, status, label, colours);
  const rest = restText(report);
  const usage = `Next: canonical-models usage${hasMigrated ? ' --remember' : ''}`;
  // An embedded database has no other users who might be on old names.
  const nextIfAgrees = transitional.length > 0 && !label.startsWith('pglite:') ? usage : '';
  return joined([
    fitted(
      `${asSentence(verdict({ ...report, orphans: [] }, colours))}${status === 'agrees' && rest ? ` ${rest}` : ''}`,
    ),
    differsSection(report, colours),
    duplicatesSection(report, colours),
    unusedText(report.unusedAccept, colours),
    status === 'differs' ? fitted(rest) : '',
    drizzleKit.status === 'compared' ? '' : fitted(kitText(report)),
    status === 'differs' ? 'Next: fix the differences, then canonical-models check' : nextIfAgrees,
  ]);
}

/** What else `check` shows, in one line; nothing if there is nothing else. */
function restText({ transitional, retired, unknown, notes, accepted }: CheckReport): string {
  const parts = [
    ...(accepted.length > 0 ? [counted(accepted.length, 'accepted difference')] : []),
    ...(notes.length > 0 ? [counted(notes.length, 'note')] : []),
    ...(transitional.length > 0
      ? [counted(transitional.length, 'view under an old name', 'views under old names')]
      : []),
    ...(retired.length > 0 ? [counted(retired.length, 'retired table')] : []),
    ...(unknown.length > 0 ? [`${counted(unknown.length, 'object')} not of this package`] : []),
  ];
  return parts.length === 0 ? '' : `canonical-models check also shows ${parts.join(', ')}.`;
}

function unreachedText(
  report: CheckReport,
  status: Exclude<CheckStatus, 'agrees' | 'differs'>,
  label: string,
  colours: Colours,
): string {
  const [state, next] = nextSteps[status];
  return joined([
    fitted(`${colours.bold(label)}: ${colours.red(state)}. Nothing else was compared.`),
    section('Pending migrations', textLines(report.pending), colours),
    duplicatesSection(report, colours),
    `Next: ${next}`,
  ]);
}

function verdict({ status, differs, orphans, duplicates }: CheckReport, colours: Colours): string {
  const led =
    orphans.length === 0
      ? ''
      : counted(orphans.length, 'reference leads to rows that are gone', 'references lead to rows that are gone');
  if (status === 'agrees') {
    const agrees = colours.green('the database agrees with the models.');
    return led === '' ? agrees : `${agrees} ${colours.bold(`${led}.`)}`;
  }
  const breaches = differs.filter(({ breach }) => breach !== undefined).length;
  const found = [
    ...(differs.length > 0 ? [counted(differs.length, 'difference')] : []),
    ...(breaches > 0 ? [counted(breaches, 'breach of station access', 'breaches of station access')] : []),
    ...(duplicates.length > 0 ? [counted(duplicates.length, 'duplicate model')] : []),
    ...(led === '' ? [] : [led]),
  ];
  return colours.red(`the database does not agree with the models: ${found.join(', ')}.`);
}

/** With a capital, behind the colour. */
function asSentence(text: string): string {
  return text.replace(/[a-z](?=he database)/, (letter) => letter.toUpperCase());
}

function differsSection({ differs }: CheckReport, colours: Colours): string {
  return section(
    'Differs',
    differs.flatMap((difference) => differenceLines(difference, colours)),
    colours,
  );
}

function differenceLines(difference: SchemaDifference, colours: Colours): string[] {
  const { kind, object, property, expected, found, foundBy, breach, sql } = difference;
  const said = foundBy === 'drizzle-kit' ? ' (found by drizzle-kit)' : '';
  return [
    ...textLines([
      colours.bold(`${kind} ${object}${property === undefined ? '' : `: ${property}`}${said}`),
      `  expected  ${expected ?? nothing(property)}`,
      `  found     ${found ?? nothing(property)}`,
      ...(breach === undefined ? [] : [`  ${colours.red('breach')}    ${breach}`]),
    ]),
    ...fitSqlToScreen('    fix       ', sql, colours.cyan),
  ];
}

function acceptedSection({ accepted }: CheckReport, colours: Colours): string {
  const lines = accepted.flatMap(({ kind, object, property, expected, found, breach, reason }) =>
    textLines([
      colours.bold(`${kind} ${object}${property === undefined ? '' : `: ${property}`}`),
      `  expected  ${expected ?? nothing(property)}`,
      `  found     ${found ?? nothing(property)}`,
      ...(breach === undefined ? [] : [`  ${colours.red('breach')}    ${breach}`]),
      `  reason    ${reason}`,
    ]),
  );
  return section('Accepted: different on purpose (this is not a difference)', lines, colours);
}

function notesSection({ notes }: CheckReport, colours: Colours): string {
  if (notes.length === 0) return '';
  return [
    fitted(colours.underline('Notes: taken as it is (this is not a difference)')),
    ...noteSections(notes, colours),
  ].join('\n');
}

function orphansSection({ orphans }: CheckReport, colours: Colours): string {
  const lines = orphans.flatMap(({ relation, from, to, rows, examples, sql }) => [
    ...textLines([
      colours.bold(`${relation}: ${counted(rows, 'row')}`),
      `  expected  ${to} for every ${from}, although no foreign key asks for it`,
      `  found     none for the rows ${examples.join(', ')}${rows > examples.length ? ', …' : ''}`,
    ]),
    ...fitSqlToScreen('    fix       ', sql, colours.cyan),
  ]);
  return section('Orphans: rows whose reference leads to no row (this is not a difference)', lines, colours);
}

function transitionalSection({ transitional }: CheckReport, colours: Colours): string {
  const rows = transitional.map(({ view, table: of, removedIn }) => [view, `shows ${of}`, removalText(removedIn)]);
  return section('Transitional: views under old names', rowLines(rows), colours);
}

function retiredSection({ retired }: CheckReport, colours: Colours): string {
  const rows = retired.map(({ table: name, rows: count, reason }) => [
    name,
    count === 0 ? 'no row' : counted(count, 'row'),
    reason,
  ]);
  return section('Retired: tables that stay without a model', rowLines(rows), colours);
}

function unknownSection({ unknown }: CheckReport, colours: Colours): string {
  const kinds = [...new Set(unknown.map(({ kind }) => kind))];
  return section(
    'Unknown: not of this package',
    textLines(kinds.map((kind) => `${kind}: ${shortList(unknown.filter((object) => object.kind === kind))}`)),
    colours,
  );
}

function duplicatesSection({ duplicates }: CheckReport, colours: Colours): string {
  const lines = duplicates.map(({ kind, name, models }) => `${kind} ${name}: ${models.join(', ')}`);
  return section('Duplicate models of the package', textLines(lines), colours);
}

function kitText({ drizzleKit }: CheckReport): string {
  switch (drizzleKit.status) {
    case 'compared':
      return drizzleKit.statements === 0
        ? 'drizzle-kit sees no difference.'
        : `drizzle-kit would run ${counted(drizzleKit.statements, 'statement')}, about what is listed above.`;
    case 'not-installed':
      return `drizzle-kit is not installed: its own diff was left out. To have it: npm install ${testedVersion('drizzle-kit')}`;
    case 'unusable':
      return `drizzle-kit can't be used, its own diff was left out: ${drizzleKit.reason}. To have it: npm install ${testedVersion('drizzle-kit')}`;
    case 'failed':
      return `drizzle-kit's own diff failed and was left out: ${drizzleKit.reason}`;
    case 'not-asked':
      return '';
  }
}

function joined(sections: readonly string[]): string {
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`;
}

/** A heading with lines that fit the screen under it; nothing if there are no lines. */
function section(heading: string, lines: readonly string[], colours: Colours): string {
  return lines.length === 0 ? '' : [fitted(colours.underline(heading)), ...lines].join('\n');
}

/** Lines of a section. */
function textLines(lines: readonly string[]): string[] {
  return lines.map((line) => fitted(`  ${line}`));
}

function rowLines(rows: readonly (readonly string[])[]): string[] {
  const columns = rows[0]?.map(() => '') ?? [];
  return rows.length === 0 ? [] : table(columns, rows, process.stdout, '  ').split('\n').slice(1);
}

function fitted(text: string): string {
  return fitToScreen(text, process.stdout);
}

const longest = 12;

function shortList(objects: readonly UnknownObject[]): string {
  const shown = objects.slice(0, longest).map(({ object }) => object);
  const more = objects.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more (--json lists them)` : ''}`;
}

function nothing(property: string | undefined): string {
  return property === undefined ? 'no such object' : 'none';
}
