export { type Connection, connect } from '../database/connect.ts';
export { type MigrationStatus, type OldPathStatus, type RenameStatus, type StatusReport, status } from './status.ts';
