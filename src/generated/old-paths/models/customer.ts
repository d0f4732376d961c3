// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.

import { Customer as canonicalCustomer } from '../../../core/index.ts';
import { warnOfOldPath } from '../../../deprecation.ts';

warnOfOldPath({ from: 'canonical-models/models/customer', to: ['canonical-models/core'], removedIn: '2.0.0' });

/** @deprecated Import `Customer` from 'canonical-models/core'. Goes in 2.0.0. */
export const Customer: typeof canonicalCustomer = canonicalCustomer;
/** @deprecated Import `Customer` from 'canonical-models/core'. Goes in 2.0.0. */
export type Customer = canonicalCustomer;
