import { type ErrorDetails, NotPermitted, type NotPermittedCode } from '../../errors.ts';
import type { AuditEvent } from '../audit/event.ts';

/**
 * Why a station token was denied.
 *
 * - `holder-without-access`, `issuer-without-access`: holder or issuer do not reach the station now.
 * - `may-not-issue-for-others`: the issuer is somebody else than the holder, without `station.manage_users` at the station.
 * - `role-too-high`: the role is higher than that of holder or issuer.
 * - `permission-missing`: holder or issuer have not every permission of the token.
 */
export type StationTokenDenialCode = Extract<
  NotPermittedCode,
  | 'holder-without-access'
  | 'issuer-without-access'
  | 'may-not-issue-for-others'
  | 'role-too-high'
  | 'permission-missing'
>;

/**
 * A station token was asked for that nobody may have, or that the issuer may not give. `denial` is what the audit trail is told: if
 * `db` was a transaction, give it to `recordDenial` after the rollback; otherwise it is recorded already.
 */
export class StationTokenDenied extends NotPermitted {
  override readonly name = 'StationTokenDenied';
  declare readonly code: StationTokenDenialCode;
  readonly denial: AuditEvent;

  constructor(
    details: ErrorDetails<StationTokenDenialCode> & { readonly code: StationTokenDenialCode },
    denial: AuditEvent,
  ) {
    super(details);
    this.denial = { ...denial, success: false, errorMessage: `${details.object}: found ${details.found}` };
  }
}
