export type { FailedReport, ReportedError } from '../answer.ts';
export { type Connection, type ConnectOptions, connect } from '../database/connect.ts';
export type { Query } from '../database/query.ts';
export {
  type EncryptTokensOptions,
  type EncryptTokensReport,
  type EncryptTokensStep,
  encryptTokens,
  type UnreadableToken,
} from './encrypt-tokens.ts';
