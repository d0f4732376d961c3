import { type ErrorDetails, NotPermitted, type NotPermittedCode } from '../../errors.ts';
import type { AuditEvent } from '../audit/event.ts';
import { originOf } from '../audit/record.ts';

/**
 * Why a station token was denied.
 *
 * - `holder-without-access`, `issuer-without-access`: holder or issuer have no access to the station now.
 * - `may-not-issue-for-others`: the issuer is not the holder, and lacks `station.manage_users` at the station.
 * - `holder-outranks-issuer`: the holder's role at the station is higher than the issuer's.
 * - `role-too-high`: the role is higher than that of holder or issuer.
 * - `permission-missing`: holder or issuer lack a permission of the token.
 */
export type StationTokenDenialCode = Extract<
  NotPermittedCode,
  | 'holder-without-access'
  | 'issuer-without-access'
  | 'may-not-issue-for-others'
  | 'holder-outranks-issuer'
  | 'role-too-high'
  | 'permission-missing'
>;

/**
 * Nobody may have the requested station token, or the issuer may not issue it. `denial` is the event for the audit trail: if
 * `db` was a transaction, pass it to `recordDenial` after the rollback; otherwise it is already recorded. Logs and JSON leave it out.
 */
export class StationTokenDenied extends NotPermitted {
  override readonly name = 'StationTokenDenied';
  declare readonly code: StationTokenDenialCode;
  declare readonly denial: AuditEvent;

  constructor(
    details: ErrorDetails<StationTokenDenialCode> & { readonly code: StationTokenDenialCode },
    denial: AuditEvent,
  ) {
    super(details);
    const { ipAddress, userAgent } = originOf(denial);
    const value: AuditEvent = {
      ...denial,
      ipAddress: ipAddress ?? undefined,
      userAgent: userAgent ?? undefined,
      success: false,
      errorMessage: `${details.object}: found ${details.found}`,
    };
    Object.defineProperty(this, 'denial', { value });
  }
}
