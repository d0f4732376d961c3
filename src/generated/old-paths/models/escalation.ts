// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  Escalation as canonicalEscalation,
  EscalationMethod as canonicalEscalationMethod,
  EscalationPriority as canonicalEscalationPriority,
  EscalationStatus as canonicalEscalationStatus,
} from '../../../support_communications/index.ts';

warnOfOldPath({
  from: 'canonical-models/models/escalation',
  to: ['canonical-models/support_communications'],
  removedIn: '2.0.0',
});

/** @deprecated Import `Escalation` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const Escalation: typeof canonicalEscalation = canonicalEscalation;
/** @deprecated Import `Escalation` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type Escalation = canonicalEscalation;

/** @deprecated Import `EscalationStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const EscalationStatus: typeof canonicalEscalationStatus = canonicalEscalationStatus;
/** @deprecated Import `EscalationStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type EscalationStatus = canonicalEscalationStatus;

/** @deprecated Import `EscalationPriority` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const EscalationPriority: typeof canonicalEscalationPriority = canonicalEscalationPriority;
/** @deprecated Import `EscalationPriority` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type EscalationPriority = canonicalEscalationPriority;

/** @deprecated Import `EscalationMethod` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const EscalationMethod: typeof canonicalEscalationMethod = canonicalEscalationMethod;
/** @deprecated Import `EscalationMethod` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type EscalationMethod = canonicalEscalationMethod;
