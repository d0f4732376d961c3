import { CanonicalModelsError } from '../errors.ts';

/** What stopped a run of several steps, with a report of the steps before. The original error is its `cause`. */
export abstract class RunFailure<Report> extends CanonicalModelsError {
  declare readonly cause: CanonicalModelsError;
  readonly report: Report;

  constructor(cause: CanonicalModelsError, report: Report) {
    const { code, object, found, expected, next } = cause;
    super(code, { object, found, expected, next, cause });
    this.report = report;
  }
}
