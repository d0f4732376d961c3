export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export type { Blocker, LockMode } from '../migrations/blockers.ts';
export type { OutsideReaders, Publication, Replica, Subscriber, Subscription } from '../migrations/outside-readers.ts';
export type { PatienceOptions, Wait } from '../migrations/patience.ts';
export { RevertFailure, type RevertOptions, type RevertReport, type RevertStep, revert } from './revert.ts';
