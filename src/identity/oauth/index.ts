export type { PostgresDatabase } from '../../database.ts';
export { encryptedText } from '../encrypted-text.ts';
export { type EncryptionKeys, setEncryptionKeys } from '../encryption-keys.ts';
export {
  findUserByOAuthAccount,
  type LinkedOAuthAccount,
  linkOAuthAccount,
  type OAuthAccountName,
  type OAuthLogin,
  type OAuthProvider,
  type OAuthUser,
  unlinkOAuthAccount,
} from './accounts.ts';
export { readEncryptionKeysFromEnvironment } from './keys-from-environment.ts';
