export type { PostgresDatabase } from '../database.ts';
export { IdentityError, type IdentityErrorDetails } from '../identity-error.ts';
export { AuditTrailError, type AuditTrailErrorCode } from './audit-trail-error.ts';
export { type AuditEvent, type StationAuditAction, stationAuditActions } from './event.ts';
export { recordAuditEvent, recordDenial } from './record.ts';
export { detailsWithoutSecrets } from './redaction.ts';
export {
  type AuditTrailAnchor,
  type AuditTrailProblem,
  type AuditTrailProblemKind,
  type AuditTrailReport,
  type VerifyAuditTrailOptions,
  verifyAuditTrail,
} from './verify.ts';
