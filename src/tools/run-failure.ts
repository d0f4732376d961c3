import { CanonicalModelsError } from '../errors.ts';

/** What stopped a run of several steps, with a report of what it had done before. What stopped it, by its meaning, is the `cause`. */
export abstract class RunFailure<Report> extends CanonicalModelsError {
  declare readonly cause: CanonicalModelsError;
  readonly report: Report;

  constructor(cause: CanonicalModelsError, report: Report) {
    const { code, object, found, expected, next } = cause;
    super(code, { object, found, expected, next, cause });
    this.report = report;
  }
}
