import { table } from '../src/cli/terminal.ts';
import { type Figure, type Measurement, ratio, type Unit, verdict } from './figure.ts';
import type { Machine } from './machine.ts';

/** A run of the benchmark: its figures, the command and the machine. */
export interface Run {
  readonly command: string;
  readonly machine: Machine;
  readonly figures: readonly Figure[];
}

const heading = ['figure', 'ours', 'peer', 'ratio', 'limit', 'verdict'];

/** The run for a terminal. */
export function asText({ figures }: Run): string {
  return [table(heading, figures.map(cells)), ...notes(figures)].join('\n');
}

/** The run for programs. */
export function asJson({ command, machine, figures }: Run): string {
  const rows = figures.map((figure) => ({ ...figure, ratio: ratio(figure), verdict: verdict(figure) }));
  return JSON.stringify({ command, machine, figures: rows }, null, 2);
}

/** A part of a run for the README: the command, the machine and the table. */
export function asMarkdown({ command, machine, figures }: Run): string {
  const row = (of: readonly string[]) => `| ${of.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `\`${command}\`, ${machine.date}: ${machine.cores} cores (${machine.processor}), ${machine.memory}, Node ${machine.node}, ${machine.system}.`,
    '',
    row(heading),
    row(heading.map((name) => (name === 'ratio' || name === 'limit' ? '---:' : '---'))),
    ...figures.map((figure) => row(cells(figure))),
    ...notes(figures).flatMap((note) => ['', note]),
  ].join('\n');
}

function cells(figure: Figure): string[] {
  const { name, ours, peer, unit, limit, eitherWay, atLeast } = figure;
  const found = verdict(figure);
  return [
    name,
    quantity(ours, unit),
    `${peer.name}: ${quantity(peer.value, unit)}`,
    ratio(figure).toFixed(2),
    limit === undefined ? '' : `${atLeast ? 'at least ' : ''}${limit}${eitherWay ? ' either way' : ''}`,
    found === 'information' ? '' : found,
  ];
}

function notes(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, note }) => (note ? [`${name}: ${note}`] : []));
}

/** The median with its unit, and the minimum and maximum if they differ, as in `134 (129–150) ms`. */
function quantity({ median, min, max }: Measurement, unit: Unit): string {
  const digits = digitsFor(unit, median);
  const [least, greatest] = [written(min, digits), written(max, digits)];
  return `${written(median, digits)}${least === greatest ? '' : ` (${least}–${greatest})`} ${unit}`;
}

function digitsFor(unit: Unit, value: number): number {
  if (unit === 'instantiations' || unit === 'files' || unit === 'statements' || value >= 100) return 0;
  return value < 10 ? 2 : 1;
}

function written(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
