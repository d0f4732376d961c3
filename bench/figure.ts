/** A quantity measured over several runs. */
export interface Measurement {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export type Unit = 'ms' | 'MB' | 'kB' | 'files' | 'instantiations' | 'statements' | 'requests' | 'a second';

/** One measured figure: ours and that of a named peer, or a named limit, from the same run. */
export interface Figure {
  /** What is measured, as in `import canonical-models/core, time`. */
  readonly name: string;
  readonly unit: Unit;
  readonly ours: Measurement;
  readonly peer: { readonly name: string; readonly value: Measurement };
  /** The maximum accepted ratio of ours to the peer, or the minimum with `atLeast`. Without a limit the figure is informational. */
  readonly limit?: number;
  /** Set if both must be within the limit of each other, whichever is greater. */
  readonly eitherWay?: true;
  /** Set if more is better: the limit is the minimum accepted ratio. */
  readonly atLeast?: true;
  /** What a reader needs to know with the figure, such as the files that break it. */
  readonly note?: string;
}

export type Verdict = 'holds' | 'broken' | 'information';

/** What each part of the benchmark exports: it measures, and returns its figures. */
export type Part = () => Promise<readonly Figure[]>;

/**
 * The median of the values, with their minimum and maximum.
 *
 * @throws {RangeError} if there are no values.
 */
export function measurement(values: readonly number[]): Measurement {
  const sorted = [...values].sort((left, right) => left - right);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (upper === undefined || lower === undefined || min === undefined || max === undefined) {
    throw new RangeError('A measurement needs at least one value.');
  }
  return { median: (lower + upper) / 2, min, max, runs: sorted.length };
}

/** A quantity that is the same in every run, such as a limit or the size of a file. */
export function constant(value: number): Measurement {
  return measurement([value]);
}

/** Ours over the peer's, median over median. */
export function ratio({ ours, peer }: Figure): number {
  return ours.median / peer.value.median;
}

export function verdict(figure: Figure): Verdict {
  if (figure.limit === undefined) return 'information';
  const found = ratio(figure);
  if (figure.atLeast) return found >= figure.limit ? 'holds' : 'broken';
  const greatest = figure.eitherWay ? Math.max(found, 1 / found) : found;
  return greatest <= figure.limit ? 'holds' : 'broken';
}
