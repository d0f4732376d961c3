export { type Connection, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export { type BaselineReport, baseline } from './baseline.ts';
