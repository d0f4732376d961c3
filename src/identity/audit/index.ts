export type { PostgresDatabase } from '../../database.ts';
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
