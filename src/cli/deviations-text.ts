import { counted } from '../tools/counted.ts';
import type { AcceptedDifference } from '../tools/deviations/accept.ts';
import { type DeviationKind, deviationKinds, type Treatment, treatments } from '../tools/deviations/kinds.ts';
import { isTolerated, type ReportedDeviation } from '../tools/deviations/report.ts';
import { type coloursFor, fitToScreen, table } from './terminal.ts';

type Colours = ReturnType<typeof coloursFor>;

/** From this many notes of one kind on, a table's section says how many there are and names some. */
const mostNotes = 3;
const mostNames = 6;

/** How many deviations there are, by what is done about them; empty if there are none. */
export function deviationCounts(deviations: readonly ReportedDeviation[], colours: Colours): string {
  const rows = headings(deviations).map(([heading, of, isOpen]) => {
    const kinds = [...new Set(of.map(({ kind }) => kind))];
    const told = kinds.map((kind) => countedKind(kind, of.filter((each) => each.kind === kind).length));
    return [isOpen ? colours.red(heading) : heading, of.length, told.join(', ')];
  });
  return rows.length === 0 ? '' : table(['', '', ''], rows, process.stdout, '  ').split('\n').slice(1).join('\n');
}

/** A section a table with what deviates in it, what is to be done first. */
export function deviationSections(deviations: readonly ReportedDeviation[], colours: Colours): string[] {
  const places = [...new Set(deviations.map(placeOf))];
  return places.map((place) => {
    const of = deviations.filter((deviation) => placeOf(deviation) === place);
    const lines = headings(of).flatMap(([heading, each, isOpen]) => [
      `  ${isOpen ? colours.red(heading) : heading}`,
      ...(isOpen ? each.map(line) : noteLines(each)).map((text) => fitted(`    ${text}`)),
    ]);
    return [colours.bold(place), ...lines].join('\n');
  });
}

/** The same for notes alone, which need no heading that says so. */
export function noteSections(notes: readonly ReportedDeviation[], colours: Colours): string[] {
  return [...new Set(notes.map(placeOf))].flatMap((place) => [
    `  ${colours.bold(place)}`,
    ...noteLines(notes.filter((note) => placeOf(note) === place)).map((text) => fitted(`    ${text}`)),
  ]);
}

/** Entries of the accept file that match nothing. */
export function unusedText(unused: readonly AcceptedDifference[], colours: Colours): string {
  if (unused.length === 0) return '';
  const lines = unused.map(({ object, property }) =>
    fitted(`  ${object}${property === undefined ? '' : `: ${property}`}`),
  );
  return [colours.underline('Accepted, and not different: these entries of the accept file can go'), ...lines].join(
    '\n',
  );
}

/** The deviations by what is done about them, in the order of the treatments, then what stays on purpose. */
function headings(
  deviations: readonly ReportedDeviation[],
): (readonly [heading: string, deviations: readonly ReportedDeviation[], isOpen: boolean])[] {
  const isOnPurpose = (deviation: ReportedDeviation) => deviation.accepted !== null;
  const byTreatment = (Object.keys(treatments) as Treatment[]).map((treatment) => {
    const of = deviations.filter((each) => each.treatment === treatment && !isOnPurpose(each));
    return [treatments[treatment], of, !of.every(isTolerated)] as const;
  });
  return [...byTreatment, ['stays on purpose', deviations.filter(isOnPurpose), false] as const].filter(
    ([, of]) => of.length > 0,
  );
}

function noteLines(notes: readonly ReportedDeviation[]): string[] {
  const kinds = [...new Set(notes.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const of = notes.filter((note) => note.kind === kind);
    if (of.length <= mostNotes) return of.map(line);
    const names = of.slice(0, mostNames).map(nameOf).join(', ');
    const more = of.length - mostNames;
    return [`${countedKind(kind, of.length)}: ${names}${more > 0 ? ` and ${more} more (--json lists them)` : ''}`];
  });
}

function line(deviation: ReportedDeviation): string {
  const { words, accepted } = deviation;
  const name = deviation.object === placeOf(deviation) ? '' : `${nameOf(deviation)} `;
  return `${name}${words}${accepted === null ? '' : ` (${accepted})`}`;
}

/** The object's name within its section, without that of the table or of its schema. */
function nameOf({ object, table: of, found }: ReportedDeviation): string {
  const tables = [of, found?.table].filter((name) => name !== undefined && name !== null);
  const schemas = tables.map((name) => name.slice(0, name.lastIndexOf('.')));
  const prefix = [...tables, ...schemas].find((name) => object.startsWith(`${name}.`));
  return prefix === undefined ? object : object.slice(prefix.length + 1);
}

function placeOf({ table: of, object }: ReportedDeviation): string {
  return of ?? object;
}

function countedKind(kind: DeviationKind, count: number): string {
  const { one, many }: { readonly one: string; readonly many?: string } = deviationKinds[kind];
  return counted(count, one, many);
}

function fitted(text: string): string {
  return fitToScreen(text, process.stdout);
}
