export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export type { MigrationAction, MigrationState, RenameState } from '../database-state.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export { type MigrationStatus, type OldPathStatus, type RenameStatus, type StatusReport, status } from './status.ts';
