import type { Colors } from 'picocolors/types.js';
import { table } from '../terminal.ts';
import { stamp } from './statement-statistics.ts';
import type { UsageReport, Verdict } from './usage.ts';

/** The report for people: who uses what, what could not be seen, and the verdict last. */
export function usageText(report: UsageReport, label: string, colours: Colors): string {
  const { names, statements, sessions, objects, imports, unread, blindSpots } = report;
  const { period } = statements;
  const part = (heading: string, body: string): string => (body === '' ? '' : `${colours.bold(heading)}\n${body}\n\n`);
  const lines = (items: readonly string[]): string => items.map((item) => `  ${item}`).join('\n');
  return [
    `${label}\n\n`,
    part(
      'Old names',
      table(
        ['old name', 'canonical name', 'is', 'findings'],
        names.map(({ name, canonical, state, findings }) => [name, canonical, stateInWords[state], findings]),
      ),
    ),
    ...(period
      ? [
          part(
            `Statements: ${statements.read} read, since ${stamp(period.from)}, ` +
              (period.since === 'remembered' ? 'the remembered point' : 'when the statistics began') +
              (period.mayPrecedeRename && statements.uses.length > 0 ? '; some may be from before the rename' : ''),
            table(
              ['old name', 'role', 'does', 'calls', 'statement'],
              statements.uses.map(({ name, role, action, calls, topLevel, text }) => [
                name,
                role,
                action,
                calls,
                topLevel ? text : `in a function: ${text}`,
              ]),
            ) || '  None uses an old name.',
          ),
        ]
      : []),
    ...(sessions
      ? [
          part(
            `Sessions: watched for ${sessions.seconds} s`,
            table(
              ['old name', 'application', 'role', 'client', 'does', 'seen', 'statement'],
              sessions.uses.map(({ name, application, role, client, action, seen, text }) => [
                name,
                application === '' ? '(none)' : application,
                role,
                client,
                action,
                seen,
                text,
              ]),
            ) || '  None used an old name.',
          ),
        ]
      : []),
    part(
      'Objects of the database',
      table(
        ['old name', 'kind', 'object'],
        objects.map(({ name, type, object }) => [name, type, object]),
      ),
    ),
    part(
      'Old imports',
      lines(
        (imports?.imports ?? []).map(
          ({ file, line, column, from, to, why }) => `${file}:${line}:${column} ${from} → ${to ?? why}`,
        ),
      ),
    ),
    part(
      'Could not be read',
      lines(
        unread.map(
          ({ where, of, text, reason, mentions }) =>
            `${where} of ${of}: ${reason}${mentions.length > 0 ? `; speaks of ${mentions.join(', ')}` : ''}${text ? `: ${text}` : ''}`,
        ),
      ),
    ),
    part(
      "Can't be seen",
      lines(
        blindSpots.map(({ what, next, decisive }) => `${decisive ? colours.yellow(what) : what}\n    Next: ${next}`),
      ),
    ),
    ...(imports?.warnings ?? []).map((warning) => `${warning}\n`),
    verdictText(report, colours),
  ].join('');
}

/** The verdict with its reasons, as the last lines of a report. */
export function verdictText({ verdict, reasons }: UsageReport, colours: Colors): string {
  const paint = { safe: colours.green, 'not-safe': colours.red, 'cannot-tell': colours.yellow }[verdict];
  return `${paint(verdictInWords[verdict])}\n${reasons.map((reason) => `  ${reason}\n`).join('')}`;
}

const verdictInWords: Readonly<Record<Verdict, string>> = {
  safe: 'Safe to contract: nothing uses an old name.',
  'not-safe': 'Not safe to contract: old names are in use.',
  'cannot-tell': "Can't tell whether it is safe to contract: nothing was found, but not all is in sight.",
};

const stateInWords = {
  view: 'a view',
  table: 'the table: not renamed yet',
  gone: 'gone',
  missing: 'missing, with its table',
} as const;
