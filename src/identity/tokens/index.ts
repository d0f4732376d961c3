export type { PostgresDatabase } from '../../database.ts';
export type { AuditEvent } from '../audit/event.ts';
export { type StationTokenDenialCode, StationTokenDenied } from './errors.ts';
export {
  defaultFamilyLifetime,
  defaultLongestLifetime,
  type IssuedStationToken,
  issueStationToken,
  type StationTokenRequest,
  type TokenLifetime,
} from './issue.ts';
export { type Revocation, revokeStationTokens, type StationTokenSelection } from './revoke.ts';
export { type RotatedStationToken, type RotationRequest, rotateStationToken } from './rotate.ts';
export { isStationToken, stationTokenPattern } from './token.ts';
export {
  type AcceptedStationToken,
  type RefusedStationToken,
  type StationToken,
  type TokenPresentation,
  verifyStationToken,
} from './verify.ts';
