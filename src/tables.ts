/** Every table by the name of its entity, and nothing else: what `relations.ts` relates. */
export { Booking, Chef, Customer, Message, MessageThread } from './core/index.ts';
export {
  CustomerReview,
  CustomerReviewBlogPost,
  DiscountCoupon,
  QRCode,
  QRScan,
  ReviewApprovalLog,
  ReviewEscalation,
} from './feedback_marketing/index.ts';
export {
  OAuthAccount,
  Permission,
  Role,
  RolePermission,
  Station,
  StationAccessToken,
  StationAuditChain,
  StationAuditLog,
  StationAuditOrigin,
  StationAuditSeal,
  StationTokenFailure,
  StationUser,
  User,
  UserRole,
} from './identity/index.ts';
export { PricingTier } from './knowledge_base/index.ts';
export {
  BusinessSocialAccount,
  CustomerSocialIdentity,
  Lead,
  LeadContact,
  LeadContext,
  LeadEvent,
  LeadSocialThread,
} from './lead/index.ts';
export {
  Campaign,
  CampaignEvent,
  CampaignSMSLimit,
  SMSDeliveryEvent,
  SMSSendQueue,
  SMSTemplate,
  Subscriber,
} from './newsletter/index.ts';
export {
  AIConversation,
  AIMessage,
  CallRecording,
  EmailMessage,
  EmailThread,
  Escalation,
} from './support_communications/index.ts';
