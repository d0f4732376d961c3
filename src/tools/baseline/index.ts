export type { FailedReport, ReportedError } from '../answer.ts';
export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Difference } from '../database/describe.ts';
export type { Query } from '../database/query.ts';
export { type BaselineReport, baseline } from './baseline.ts';
