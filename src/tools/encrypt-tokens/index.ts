export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export type { FailedReport, ReportedError } from '../failed-report.ts';
export {
  type EncryptTokensOptions,
  type EncryptTokensReport,
  type EncryptTokensStep,
  encryptTokens,
  type UnreadableToken,
} from './encrypt-tokens.ts';
