export {
  AssignmentExpired,
  InvalidStationContext,
  NoStationAccess,
  StationAccessError,
  StationAccessNotSetUp,
  StationRowRefused,
  StationSuspended,
} from './errors.ts';
export {
  type Actor,
  type StationContext,
  type StationMembership,
  type TransactionOf,
  withAssignedStations,
  withEveryStation,
  withStation,
} from './with-station.ts';
