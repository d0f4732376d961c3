import type { NoAccessReason } from './grants.ts';

/**
 * A denial that is not in the audit trail, as its transaction could only read: on a replica, say. Plain data, which may go through a queue.
 */
export interface UnrecordedDenial {
  readonly userId: string;
  readonly stationId: string;
  readonly reason: NoAccessReason;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** When it was, by the clock of the service, as an ISO 8601 text. The trail gets the time of the database that denied it. */
  readonly deniedAt: string;
  /** What the database gave to have it recorded with: without it, nobody could tell it from one that is made up. */
  readonly proof: string;
}
