/**
 * What `--json` prints for a failed run of any command: the error, and the fields that the command's report already has, if the run had
 * begun. The report of a successful run has no `error`.
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
   * The code of an error of `canonical-models/errors`; `interrupted` by SIGINT or SIGTERM, with exit code 130; `unexpected` for a
   * defect, or an unforeseen error of PostgreSQL, a driver or the system, with exit code 2.
   */
  readonly code: string;
  /** What it is about, as in `public.messages` or `--url`. */
  readonly object: string;
  readonly found: string;
  readonly expected: string;
  /** The next step: a command if there is one. */
  readonly next: string;
}
