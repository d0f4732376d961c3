import type { Colors } from 'picocolors/types.js';
import { outsideReaderTexts } from '../tools/migrations/outside-readers.ts';
import { type SharedCounter, stamp } from '../tools/usage/statement-statistics.ts';
import type { UsageReport, Verdict } from '../tools/usage/usage.ts';
import { fitToScreen, table } from './terminal.ts';

/** The report for people: who uses what, what could not be seen, and the verdict last. */
export function usageText(report: UsageReport, label: string, colours: Colors): string {
  const { names, statements, sessions, objects, outside, imports, unread, blindSpots } = report;
  const { period } = statements;
  const part = (heading: string, body: string): string => (body === '' ? '' : `${colours.bold(heading)}\n${body}\n\n`);
  const lines = (items: readonly string[]): string => items.map((item) => `  ${item}`).join('\n');
  const text = [
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
              (period.since === 'remembered' ? 'the remembered point' : 'when the statistics began'),
            table(
              ['old name', 'role', 'does', 'calls', 'statement'],
              statements.uses.map(({ name, role, action, calls, topLevel, text }) => [
                name,
                role,
                action,
                calls,
                topLevel ? text : `in a function: ${text}`,
              ]),
            ) || '  None is known to use an old name.',
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
    part('Outside of SQL on this server', lines(outsideReaderTexts(outside))),
    part(
      'Old imports',
      lines(
        (imports?.imports ?? []).map(
          ({ file, line, column, from, to, why }) => `${file}:${line}:${column} ${from} → ${to ?? why}`,
        ),
      ),
    ),
    part(
      'Could not be read, or told apart',
      lines(
        unread.map(
          ({ where, of, text, reason, mentions, next }) =>
            `${where} of ${of}: ${reason}${mentions.length > 0 ? `; speaks of ${mentions.join(', ')}` : ''}${text ? `: ${text}` : ''}${next === undefined ? '' : `\n    Next: ${next}`}`,
        ),
      ),
    ),
    part(
      "Can't be seen",
      lines(blindSpots.map(({ what, next, decisive }) => `${decisive ? colours.bold(what) : what}\n    Next: ${next}`)),
    ),
    ...(imports?.warnings ?? []).map((warning) => `${warning}\n`),
    verdictText(report, colours),
  ].join('');
  return fitToScreen(text, process.stdout);
}

/** What `--remember` says: that it is done, and which counters have to be reset before they are of use. */
export function rememberedText(label: string, shared: readonly SharedCounter[]): string {
  const done = `${label}: the counters are remembered.\n`;
  const later = 'Next: canonical-models usage, in a week (--days)\n';
  if (shared.length === 0) return `${done}${later}`;
  const lines = shared.map(({ name, role, text, reset }) => `  ${name}, role ${role}: ${text}\n    ${reset};\n`);
  return fitToScreen(
    [
      `${done}${shared.length} of them have an old name in their text, and also count calls of other names:\n`,
      ...lines,
      'Next: run these statements as an administrator, then canonical-models usage --remember again\n',
    ].join(''),
    process.stdout,
  );
}

/** The verdict with its reasons, as the last lines of a report. */
export function verdictText({ verdict, reasons }: UsageReport, colours: Colors): string {
  const paint = { safe: colours.green, 'not-safe': colours.red, 'cannot-tell': colours.bold }[verdict];
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
