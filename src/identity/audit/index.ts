export type { PostgresDatabase } from '../../database.ts';
export { type AuditEvent, type StationAuditAction, stationAuditActions } from './event.ts';
export { recordAuditEvent, recordDenial } from './record.ts';
export { redactDetails } from './redaction.ts';
export type { AuditTrailAnchor, AuditTrailProblem, AuditTrailProblemKind, AuditTrailReport } from './report.ts';
export { type VerifyAuditTrailOptions, verifyAuditTrail } from './verify.ts';
