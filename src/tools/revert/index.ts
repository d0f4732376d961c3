export { type Connection, connect } from '../database/connect.ts';
export type { PatienceOptions, Wait } from '../migrations/patience.ts';
export { RevertFailure, type RevertOptions, type RevertReport, type RevertStep, revert } from './revert.ts';
