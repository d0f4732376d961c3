// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../../deprecation.ts';
import { StationUser as canonicalStationUser } from '../../../../identity/index.ts';

warnOfOldPath({ from: 'canonical-models/core/auth/models', to: ['canonical-models/identity'], removedIn: '2.0.0' });

/** @deprecated Import `StationUser` from 'canonical-models/identity'. Goes in 2.0.0. */
export const StationUser: typeof canonicalStationUser = canonicalStationUser;
/** @deprecated Import `StationUser` from 'canonical-models/identity'. Goes in 2.0.0. */
export type StationUser = canonicalStationUser;
