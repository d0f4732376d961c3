// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.

import {
  Booking as canonicalBooking,
  BookingStatus as canonicalBookingStatus,
  Customer as canonicalCustomer,
} from '../../../core/index.ts';
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  CustomerReview as canonicalCustomerReview,
  DiscountCoupon as canonicalDiscountCoupon,
} from '../../../feedback_marketing/index.ts';
import {
  Permission as canonicalPermission,
  Role as canonicalRole,
  RoleType as canonicalRoleType,
} from '../../../identity/index.ts';
import {
  BusinessSocialAccount as canonicalBusinessSocialAccount,
  ContactChannel as canonicalContactChannel,
  CustomerSocialIdentity as canonicalCustomerSocialIdentity,
  Lead as canonicalLead,
  LeadContact as canonicalLeadContact,
  LeadContext as canonicalLeadContext,
  LeadEvent as canonicalLeadEvent,
  LeadQuality as canonicalLeadQuality,
  LeadSocialThread as canonicalLeadSocialThread,
  LeadSource as canonicalLeadSource,
  LeadStatus as canonicalLeadStatus,
} from '../../../lead/index.ts';
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
import {
  CallRecording as canonicalCallRecording,
  Escalation as canonicalEscalation,
  EscalationMethod as canonicalEscalationMethod,
  EscalationPriority as canonicalEscalationPriority,
  EscalationStatus as canonicalEscalationStatus,
  RecordingStatus as canonicalRecordingStatus,
  RecordingType as canonicalRecordingType,
} from '../../../support_communications/index.ts';

warnOfOldPath({
  from: 'canonical-models/models',
  to: [
    'canonical-models/core',
    'canonical-models/feedback_marketing',
    'canonical-models/identity',
    'canonical-models/lead',
    'canonical-models/newsletter',
    'canonical-models/support_communications',
  ],
  removedIn: '2.0.0',
});

/** @deprecated Import `Booking` from 'canonical-models/core'. Goes in 2.0.0. */
export const Booking: typeof canonicalBooking = canonicalBooking;
/** @deprecated Import `Booking` from 'canonical-models/core'. Goes in 2.0.0. */
export type Booking = canonicalBooking;

/** @deprecated Import `BookingStatus` from 'canonical-models/core'. Goes in 2.0.0. */
export const BookingStatus: typeof canonicalBookingStatus = canonicalBookingStatus;
/** @deprecated Import `BookingStatus` from 'canonical-models/core'. Goes in 2.0.0. */
export type BookingStatus = canonicalBookingStatus;

/** @deprecated Import `Customer` from 'canonical-models/core'. Goes in 2.0.0. */
export const Customer: typeof canonicalCustomer = canonicalCustomer;
/** @deprecated Import `Customer` from 'canonical-models/core'. Goes in 2.0.0. */
export type Customer = canonicalCustomer;

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

/** @deprecated Import `CallRecording` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const CallRecording: typeof canonicalCallRecording = canonicalCallRecording;
/** @deprecated Import `CallRecording` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type CallRecording = canonicalCallRecording;

/** @deprecated Import `RecordingStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const RecordingStatus: typeof canonicalRecordingStatus = canonicalRecordingStatus;
/** @deprecated Import `RecordingStatus` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type RecordingStatus = canonicalRecordingStatus;

/** @deprecated Import `RecordingType` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export const RecordingType: typeof canonicalRecordingType = canonicalRecordingType;
/** @deprecated Import `RecordingType` from 'canonical-models/support_communications'. Goes in 2.0.0. */
export type RecordingType = canonicalRecordingType;

/** @deprecated Import `Role` from 'canonical-models/identity'. Goes in 2.0.0. */
export const Role: typeof canonicalRole = canonicalRole;
/** @deprecated Import `Role` from 'canonical-models/identity'. Goes in 2.0.0. */
export type Role = canonicalRole;

/** @deprecated Import `Permission` from 'canonical-models/identity'. Goes in 2.0.0. */
export const Permission: typeof canonicalPermission = canonicalPermission;
/** @deprecated Import `Permission` from 'canonical-models/identity'. Goes in 2.0.0. */
export type Permission = canonicalPermission;

/** @deprecated Import `RoleType` from 'canonical-models/identity'. Goes in 2.0.0. */
export const RoleType: typeof canonicalRoleType = canonicalRoleType;
/** @deprecated Import `RoleType` from 'canonical-models/identity'. Goes in 2.0.0. */
export type RoleType = canonicalRoleType;

/** @deprecated Import `BusinessSocialAccount` from 'canonical-models/lead'. Goes in 2.0.0. */
export const SocialAccount: typeof canonicalBusinessSocialAccount = canonicalBusinessSocialAccount;
/** @deprecated Import `BusinessSocialAccount` from 'canonical-models/lead'. Goes in 2.0.0. */
export type SocialAccount = canonicalBusinessSocialAccount;

/** @deprecated Import `CustomerSocialIdentity` from 'canonical-models/lead'. Goes in 2.0.0. */
export const SocialIdentity: typeof canonicalCustomerSocialIdentity = canonicalCustomerSocialIdentity;
/** @deprecated Import `CustomerSocialIdentity` from 'canonical-models/lead'. Goes in 2.0.0. */
export type SocialIdentity = canonicalCustomerSocialIdentity;

/** @deprecated Import `LeadSocialThread` from 'canonical-models/lead'. Goes in 2.0.0. */
export const SocialThread: typeof canonicalLeadSocialThread = canonicalLeadSocialThread;
/** @deprecated Import `LeadSocialThread` from 'canonical-models/lead'. Goes in 2.0.0. */
export type SocialThread = canonicalLeadSocialThread;

/** @deprecated Import `CustomerReview` from 'canonical-models/feedback_marketing'. Goes in 2.0.0. */
export const CustomerReview: typeof canonicalCustomerReview = canonicalCustomerReview;
/** @deprecated Import `CustomerReview` from 'canonical-models/feedback_marketing'. Goes in 2.0.0. */
export type CustomerReview = canonicalCustomerReview;

/** @deprecated Import `DiscountCoupon` from 'canonical-models/feedback_marketing'. Goes in 2.0.0. */
export const DiscountCoupon: typeof canonicalDiscountCoupon = canonicalDiscountCoupon;
/** @deprecated Import `DiscountCoupon` from 'canonical-models/feedback_marketing'. Goes in 2.0.0. */
export type DiscountCoupon = canonicalDiscountCoupon;
