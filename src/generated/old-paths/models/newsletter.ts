// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  Campaign as canonicalCampaign,
  CampaignChannel as canonicalCampaignChannel,
  CampaignEvent as canonicalCampaignEvent,
  CampaignEventType as canonicalCampaignEventType,
  CampaignStatus as canonicalCampaignStatus,
  SMSDeliveryEvent as canonicalSMSDeliveryEvent,
  SMSDeliveryStatus as canonicalSMSDeliveryStatus,
  Subscriber as canonicalSubscriber,
} from '../../../newsletter/index.ts';

warnOfOldPath({ from: 'canonical-models/models/newsletter', to: ['canonical-models/newsletter'], removedIn: '2.0.0' });

/** @deprecated Import `Subscriber` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const Subscriber: typeof canonicalSubscriber = canonicalSubscriber;
/** @deprecated Import `Subscriber` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type Subscriber = canonicalSubscriber;

/** @deprecated Import `Campaign` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const Campaign: typeof canonicalCampaign = canonicalCampaign;
/** @deprecated Import `Campaign` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type Campaign = canonicalCampaign;

/** @deprecated Import `CampaignEvent` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const CampaignEvent: typeof canonicalCampaignEvent = canonicalCampaignEvent;
/** @deprecated Import `CampaignEvent` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type CampaignEvent = canonicalCampaignEvent;

/** @deprecated Import `SMSDeliveryEvent` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const SMSDeliveryEvent: typeof canonicalSMSDeliveryEvent = canonicalSMSDeliveryEvent;
/** @deprecated Import `SMSDeliveryEvent` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type SMSDeliveryEvent = canonicalSMSDeliveryEvent;

/** @deprecated Import `CampaignChannel` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const CampaignChannel: typeof canonicalCampaignChannel = canonicalCampaignChannel;
/** @deprecated Import `CampaignChannel` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type CampaignChannel = canonicalCampaignChannel;

/** @deprecated Import `CampaignStatus` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const CampaignStatus: typeof canonicalCampaignStatus = canonicalCampaignStatus;
/** @deprecated Import `CampaignStatus` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type CampaignStatus = canonicalCampaignStatus;

/** @deprecated Import `CampaignEventType` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const CampaignEventType: typeof canonicalCampaignEventType = canonicalCampaignEventType;
/** @deprecated Import `CampaignEventType` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type CampaignEventType = canonicalCampaignEventType;

/** @deprecated Import `SMSDeliveryStatus` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export const SMSDeliveryStatus: typeof canonicalSMSDeliveryStatus = canonicalSMSDeliveryStatus;
/** @deprecated Import `SMSDeliveryStatus` from 'canonical-models/newsletter'. Goes in 2.0.0. */
export type SMSDeliveryStatus = canonicalSMSDeliveryStatus;
