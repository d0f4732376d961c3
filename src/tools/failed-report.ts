/**
 * What `--json` prints of a run that failed, whichever command it is: the error, and beside it what the report of the command says of
 * the run, if it had begun. The report of a run that did not fail has no `error`.
 *
 * @example
 * const report: MigrateReport | FailedReport = JSON.parse(stdout);
 * if ('error' in report) console.error(report.error.code, report.error.next);
 */
export interface FailedReport {
  readonly version: 1;
  readonly error: ReportedError;
}

/** What failed, without any password. */
export interface ReportedError {
  /**
   * The code of an error of `canonical-models/errors`; `interrupted` by SIGINT or SIGTERM, with exit code 130; `unexpected` for what is
   * a defect, or an error of PostgreSQL, a driver or the system that nobody foresaw, with exit code 2.
   */
  readonly code: string;
  /** What it is about, as in `public.messages` or `--url`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** The next step, a command where there is one. */
  readonly next: string;
}
