import { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';

/**
 * Why an OAuth account was refused.
 *
 * - `invalid-input`: an argument of another form.
 * - `user-not-found`: there is no such user.
 * - `user-not-active`: the user's status is not `active`.
 * - `not-admin-staff`: the user is not admin staff.
 * - `email-not-verified`: the provider did not verify the e-mail address.
 * - `email-differs`: the provider's e-mail address is not the user's.
 * - `linked-elsewhere`: another user has the account.
 * - `not-linked`: the user does not have the account.
 * - `last-way-to-log-in`: without the account the user could not log in.
 */
export type OAuthAccountErrorCode =
  | 'invalid-input'
  | 'user-not-found'
  | 'user-not-active'
  | 'not-admin-staff'
  | 'email-not-verified'
  | 'email-differs'
  | 'linked-elsewhere'
  | 'not-linked'
  | 'last-way-to-log-in';

/** An OAuth account that was not linked, found or unlinked. Neither an e-mail address nor a token is in it. */
export class OAuthAccountError extends IdentityError {
  override readonly name = 'OAuthAccountError';
  readonly code: OAuthAccountErrorCode;

  constructor(code: OAuthAccountErrorCode, details: IdentityErrorDetails) {
    super(details);
    this.code = code;
  }
}
