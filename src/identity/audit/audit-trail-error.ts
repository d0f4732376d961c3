import { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';

/**
 * Why an event was not recorded, or a trail not verified.
 *
 * - `invalid-input`: a text of the event is too long.
 * - `in-transaction`: a denial was to be recorded in the transaction that it rolls back.
 * - `other-station`: the anchor is one of another station.
 * - `rows-hidden`: row security hides rows from the role.
 */
export type AuditTrailErrorCode = 'invalid-input' | 'in-transaction' | 'other-station' | 'rows-hidden';

/** An audit trail that was not written, or not verified. No secret is in it. */
export class AuditTrailError extends IdentityError {
  override readonly name = 'AuditTrailError';
  readonly code: AuditTrailErrorCode;

  constructor(code: AuditTrailErrorCode, details: IdentityErrorDetails) {
    super(details);
    this.code = code;
  }
}
