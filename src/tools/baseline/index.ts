export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { DescribedObject } from '../database/describe.ts';
export type { Query } from '../database/query.ts';
export type { BaselineStatus } from '../database-state.ts';
export {
  type AcceptedDifference,
  type AcceptFile,
  type DeviationKind,
  type DeviationReport,
  type ReportedDeviation,
  readAcceptFile,
  type Treatment,
} from '../deviations/index.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export type { Obstacle, ObstacleKind } from '../migrations/obstacle.ts';
export { type BaselineOptions, type BaselineReport, baseline } from './baseline.ts';
