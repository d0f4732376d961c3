import type { AuditEvent } from '../audit/event.ts';
import { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';

/**
 * Why a station token could not be issued, revoked or rotated.
 *
 * - `user-not-found`, `station-not-found`: there is no such row.
 * - `lifetime-out-of-range`: the lifetime is not between 1 second and the longest that is configured.
 * - `invalid-input`: a text is empty or too long, or an id is no UUID.
 */
export type StationTokenErrorCode = 'user-not-found' | 'station-not-found' | 'lifetime-out-of-range' | 'invalid-input';

/** A request for a station token that can't be fulfilled, whoever asks. */
export class StationTokenError extends IdentityError {
  override readonly name = 'StationTokenError';
  readonly code: StationTokenErrorCode;

  constructor(code: StationTokenErrorCode, details: IdentityErrorDetails) {
    super(details);
    this.code = code;
  }
}

/**
 * Why a station token was denied.
 *
 * - `holder-without-access`, `issuer-without-access`: holder or issuer do not reach the station now.
 * - `may-not-issue-for-others`: the issuer is somebody else than the holder, without `station.manage_users` at the station.
 * - `role-too-high`: the role is higher than that of holder or issuer.
 * - `permission-missing`: holder or issuer have not every permission of the token.
 */
export type StationTokenDenialReason =
  | 'holder-without-access'
  | 'issuer-without-access'
  | 'may-not-issue-for-others'
  | 'role-too-high'
  | 'permission-missing';

/**
 * A station token was asked for that nobody may have, or that the issuer may not give. `denial` is what the audit trail is told: where
 * `db` was a transaction, give it to `recordDenial` after the rollback; otherwise it is recorded already.
 */
export class StationTokenDenied extends IdentityError {
  override readonly name = 'StationTokenDenied';
  readonly reason: StationTokenDenialReason;
  readonly denial: AuditEvent;

  constructor(reason: StationTokenDenialReason, details: IdentityErrorDetails, denial: AuditEvent) {
    super(details);
    this.reason = reason;
    this.denial = { ...denial, success: false, errorMessage: `${details.object}: found ${details.found}` };
  }
}
