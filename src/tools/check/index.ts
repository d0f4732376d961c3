export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { DescribedObject } from '../database/describe.ts';
export type { Query } from '../database/query.ts';
export type { CheckStatus } from '../database-state.ts';
export { type AcceptedDifference, type AcceptFile, readAcceptFile } from '../deviations/accept.ts';
export type { DeviationKind, Treatment } from '../deviations/kinds.ts';
export type { ReportedDeviation } from '../deviations/report.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export { type CheckOptions, check } from './check.ts';
export type {
  CheckReport,
  DifferenceKind,
  DuplicateModel,
  KitReport,
  KnownDifference,
  OrphanedRows,
  RetiredTableRows,
  SchemaDifference,
  TransitionalView,
  UnknownObject,
} from './report.ts';
