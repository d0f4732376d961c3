export { type Connection, connect } from '../database/connect.ts';
export {
  type EncryptTokensOptions,
  type EncryptTokensReport,
  type EncryptTokensStep,
  encryptTokens,
  type UnreadableToken,
} from './encrypt-tokens.ts';
