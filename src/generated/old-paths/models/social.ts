// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.
import { warnOfOldPath } from '../../../deprecation.ts';
import {
  CustomerReview as canonicalCustomerReview,
  DiscountCoupon as canonicalDiscountCoupon,
} from '../../../feedback_marketing/index.ts';
import {
  BusinessSocialAccount as canonicalBusinessSocialAccount,
  CustomerSocialIdentity as canonicalCustomerSocialIdentity,
  LeadSocialThread as canonicalLeadSocialThread,
} from '../../../lead/index.ts';

warnOfOldPath({
  from: 'canonical-models/models/social',
  to: ['canonical-models/feedback_marketing', 'canonical-models/lead'],
  removedIn: '2.0.0',
});

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
