export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export { type AcceptedDifference, type AcceptFile, readAcceptFile } from '../deviations/accept.ts';
export type { DeviationKind } from '../deviations/kinds.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export { type AdoptOptions, adopt } from './adopt.ts';
export type { AdoptReport, AdoptStatus, AdoptStep, RowsInTheWay, TableLeftAlone } from './report.ts';
export { listAdoptStatements, renderAdoptScript } from './script.ts';
