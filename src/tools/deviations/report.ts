import type { DescribedObject } from '../database/describe.ts';
import type { Acceptance, AcceptedDifference } from './accept.ts';
import type { Deviation } from './deviation.ts';
import type { DeviationKind, Treatment } from './kinds.ts';

/** A deviation in a report. Plain data, the same as the commands print with `--json`. */
export interface ReportedDeviation {
  readonly kind: DeviationKind;
  readonly treatment: Treatment;
  /** The table that it belongs to, as in `public.bookings`; `null` for an enum or a schema. */
  readonly table: string | null;
  /** What deviates, as in `public.bookings.notes`: named as expected, or as found if it is only there. */
  readonly object: string;
  /** The property that deviates, as in `default`; `null`: the object as a whole. */
  readonly property: string | null;
  /** What is the case, for people, to be read behind the object's name. */
  readonly words: string;
  /** Why it stays on purpose, from the accept file; `null` if no entry accepts it. */
  readonly accepted: string | null;
  /** The object as it should be; `null`: there should be none. */
  readonly expected: DescribedObject | null;
  /** The object as it is; `null`: there is none. */
  readonly found: DescribedObject | null;
}

/** Deviations in a report, with what the accept file says about them. */
export interface DeviationReport {
  readonly deviations: readonly ReportedDeviation[];
  /** Entries of the accept file that match nothing. */
  readonly unused: readonly AcceptedDifference[];
}

/** Puts deviations into a report. A note needs no entry of the accept file, and uses it up if it has one. */
export function reportDeviations(deviations: readonly Deviation[], acceptance: Acceptance): DeviationReport {
  const reported = deviations.map(
    (deviation): ReportedDeviation => ({
      kind: deviation.kind,
      treatment: deviation.treatment,
      table: deviation.table ?? null,
      object: deviation.object,
      property: deviation.property ?? null,
      words: deviation.words,
      accepted: acceptance.find(deviation)?.reason ?? null,
      expected: deviation.expected ?? null,
      found: deviation.found ?? null,
    }),
  );
  return { deviations: reported, unused: acceptance.listUnused() };
}

/** Whether nobody has to do anything about it: it is taken as it is, or stays on purpose. */
export function isTolerated({ treatment, accepted }: Pick<ReportedDeviation, 'treatment' | 'accepted'>): boolean {
  return treatment === 'taken' || accepted !== null;
}
