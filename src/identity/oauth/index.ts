export type { PostgresDatabase } from '../database.ts';
export {
  DecryptionFailed,
  type DecryptionFailureReason,
  type EncryptedTextBuilder,
  EncryptionFailed,
  type EncryptionFailureReason,
  encryptedText,
} from '../encrypted-text.ts';
export { type EncryptionKeys, EncryptionKeysInvalid, setEncryptionKeys } from '../encryption-keys.ts';
export { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';
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
export { encryptionKeysFromEnvironment } from './keys-from-environment.ts';
export { OAuthAccountError, type OAuthAccountErrorCode } from './oauth-account-error.ts';
