import { relative } from 'node:path';
import type { Colors } from 'picocolors/types.js';
import { usageText, verdictText } from '../../src/cli/usage-text.ts';
import { counted } from '../../src/tools/counted.ts';
import type { ContractReport } from './contract.ts';

/**
 * The report for people: what was written, what goes with it, what to do next. If it was refused, who uses the old names.
 *
 * @param label Where the database is, without the password.
 */
export function contractText(report: ContractReport, label: string, colours: Colors): string {
  const { status, release, due, alreadyDropped, out, migrations, notes, usage } = report;
  const folder = relative('.', out) || '.';
  if (status === 'nothing-due') return `No old table name is removed in ${release}. Nothing to do.\n`;
  if (status === 'refused') {
    return `${usage ? usageText(usage, label, colours) : ''}\nNothing was written: ${due.join(', ')} ${due.length === 1 ? 'stays' : 'stay'}.\n${
      usage?.verdict === 'cannot-tell'
        ? 'Next: bring the rest into sight, or give --accept-unseen to write without it\n'
        : 'Next: move what is listed, then run the command again\n'
    }`;
  }
  const lines = (items: readonly string[]): string => items.map((item) => `  ${item}\n`).join('');
  return [
    ...(usage ? [verdictText(usage, colours), '\n'] : []),
    ...(alreadyDropped.length > 0
      ? [
          colours.bold('Dropped by earlier migrations'),
          '\n',
          lines(alreadyDropped.map((one) => `${one.entry}: ${one.folder}`)),
          '\n',
        ]
      : []),
    ...(migrations.length > 0
      ? [
          colours.bold(status === 'written' ? 'Written, and not run' : 'Would be written'),
          '\n',
          lines(migrations.map((one) => `${folder}/${one.folder}`)),
          '\n',
        ]
      : []),
    ...(status === 'would-write' ? migrations.map(({ sql }) => `${sql}\n`) : []),
    colours.bold('Take out of the registry'),
    '\n',
    lines(
      notes.registry.map(
        ({ file, line, endLine, text }) => `${file}:${line}-${endLine} ${/from: '([^']*)'/.exec(text)?.[1]}`,
      ),
    ),
    '\n',
    colours.bold('Add to CHANGELOG.md'),
    '\n',
    lines(notes.toAdd),
    ...(notes.announced.length > 0
      ? [
          '  It was announced here:\n',
          lines(notes.announced.map(({ file, line, text }) => `  ${file}:${line} ${text}`)),
        ]
      : []),
    '\n',
    `${outcome(report)}\n`,
  ].join('');
}

function outcome({ status, migrations }: ContractReport): string {
  const count = counted(migrations.length, 'migration');
  if (status === 'would-write') return `${count} to write.\nNext: the same without --dry-run`;
  const next =
    'Next: edit registry and changelog, then npm run db:generate -- --name contract brings src/generated/views.ts in line';
  return `${status === 'written' ? `${count} written.` : 'Nothing is left to write.'}\n${next}`;
}
