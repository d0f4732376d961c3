export type { FailedReport, ReportedError } from '../failed-report.ts';
export type { UsageReport } from '../usage/index.ts';
export { type ContractOptions, type ContractReport, contract } from './contract.ts';
export type { DropViewMigration } from './drop-view-migrations.ts';
export type { FileLines, ReleaseNotes } from './release-notes.ts';
