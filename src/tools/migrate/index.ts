export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export type { DatabaseState, MigrationAction } from '../database-state.ts';
export { type AcceptedDifference, type AcceptFile, readAcceptFile } from '../deviations/accept.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export type { Blocker, LockMode } from '../migrations/blockers.ts';
export type { EventTrigger } from '../migrations/existing-objects.ts';
export type { FiredTrigger } from '../migrations/fired-triggers.ts';
export type { Obstacle, ObstacleKind } from '../migrations/obstacle.ts';
export type {
  OutsideReaders,
  Publication,
  Replica,
  Subscriber,
  Subscription,
} from '../migrations/outside-readers.ts';
export type { PatienceOptions, Wait } from '../migrations/patience.ts';
export type { PlannedStatement, StatementLock } from './locks.ts';
export {
  MigrateFailure,
  type MigrateOptions,
  type MigrateReport,
  type MigrateStep,
  migrate,
} from './migrate.ts';
export { type MigratePlan, type PlannedMigration, planMigrations, renderScript } from './plan.ts';
