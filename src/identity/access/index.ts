export type { PostgresDatabase } from '../../database.ts';
export {
  AssignmentExpired,
  ContextBusy,
  ContextClosed,
  ContextNotLive,
  CopyRefused,
  type HandleMisuseCode,
  InvalidStationContext,
  NoStationAccess,
  StationAccessNotSetUp,
  StationProofRequired,
  StationRowRefused,
  StationSuspended,
  StationTokenRefused,
  TransactionControlRefused,
} from './errors.ts';
export type { NoAccessReason } from './grants.ts';
export { recordStationDenial } from './record-station-denial.ts';
export type { UnrecordedDenial } from './unrecorded-denial.ts';
export {
  type Actor,
  type StationContext,
  type StationMembership,
  type StationTokenContext,
  type TransactionOf,
  withAssignedStations,
  withEveryStation,
  withStation,
} from './with-station.ts';
