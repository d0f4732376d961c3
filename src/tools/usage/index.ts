export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export type { OldNameState } from '../database-state.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export type {
  OutsideReaders,
  Publication,
  Replica,
  Subscriber,
  Subscription,
} from '../migrations/outside-readers.ts';
export type { BlindSpot, Unread } from './blind-spot.ts';
export type { ObjectUse } from './dependent-objects.ts';
export type { OldImport, OldImports } from './old-imports.ts';
export type { Action } from './relation-references.ts';
export type { SessionSample, SessionUse } from './sessions.ts';
export type { SharedCounter, StatementPeriod, StatementUse } from './statement-statistics.ts';
export {
  listSharedCounters,
  type OldNameReport,
  rememberUsage,
  type UsageOptions,
  type UsageReport,
  usage,
  type Verdict,
} from './usage.ts';
