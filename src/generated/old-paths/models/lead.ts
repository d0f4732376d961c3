// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  ContactChannel as canonicalContactChannel,
  Lead as canonicalLead,
  LeadContact as canonicalLeadContact,
  LeadContext as canonicalLeadContext,
  LeadEvent as canonicalLeadEvent,
  LeadQuality as canonicalLeadQuality,
  LeadSource as canonicalLeadSource,
  LeadStatus as canonicalLeadStatus,
} from '../../../lead/index.ts';

warnOfOldPath({ from: 'canonical-models/models/lead', to: ['canonical-models/lead'], removedIn: '2.0.0' });

/** @deprecated Import `Lead` from 'canonical-models/lead'. Goes in 2.0.0. */
export const Lead: typeof canonicalLead = canonicalLead;
/** @deprecated Import `Lead` from 'canonical-models/lead'. Goes in 2.0.0. */
export type Lead = canonicalLead;

/** @deprecated Import `LeadContact` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadContact: typeof canonicalLeadContact = canonicalLeadContact;
/** @deprecated Import `LeadContact` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadContact = canonicalLeadContact;

/** @deprecated Import `LeadContext` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadContext: typeof canonicalLeadContext = canonicalLeadContext;
/** @deprecated Import `LeadContext` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadContext = canonicalLeadContext;

/** @deprecated Import `LeadEvent` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadEvent: typeof canonicalLeadEvent = canonicalLeadEvent;
/** @deprecated Import `LeadEvent` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadEvent = canonicalLeadEvent;

/** @deprecated Import `LeadSource` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadSource: typeof canonicalLeadSource = canonicalLeadSource;
/** @deprecated Import `LeadSource` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadSource = canonicalLeadSource;

/** @deprecated Import `LeadStatus` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadStatus: typeof canonicalLeadStatus = canonicalLeadStatus;
/** @deprecated Import `LeadStatus` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadStatus = canonicalLeadStatus;

/** @deprecated Import `LeadQuality` from 'canonical-models/lead'. Goes in 2.0.0. */
export const LeadQuality: typeof canonicalLeadQuality = canonicalLeadQuality;
/** @deprecated Import `LeadQuality` from 'canonical-models/lead'. Goes in 2.0.0. */
export type LeadQuality = canonicalLeadQuality;

/** @deprecated Import `ContactChannel` from 'canonical-models/lead'. Goes in 2.0.0. */
export const ContactChannel: typeof canonicalContactChannel = canonicalContactChannel;
/** @deprecated Import `ContactChannel` from 'canonical-models/lead'. Goes in 2.0.0. */
export type ContactChannel = canonicalContactChannel;
