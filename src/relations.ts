import { type AnyRelations, defineRelations } from 'drizzle-orm';
import { InvalidInput } from './errors.ts';
import * as tables from './index.ts';

/**
 * Every relation between the tables, in both directions: what a database handle needs for relational queries. The keys are the
 * names of the entities. Two relations have no foreign key (soft references): `CustomerSocialIdentity.customer` and
 * `BusinessSocialAccount.connectedByUser`; their row may not exist.
 *
 * @example
 * import { drizzle } from 'drizzle-orm/node-postgres';
 * import { relations } from 'canonical-models/relations';
 *
 * const db = drizzle(url, { relations });
 * const bookings = await db.query.Booking.findMany({
 *   with: { customer: { with: { messageThreads: { with: { messages: true } } } }, station: true },
 * });
 */
export const relations = defineRelations(tables, (r) => ({
  // core
  Booking: {
    chef: r.one.Chef({ from: r.Booking.chefId, to: r.Chef.id }),
    customer: r.one.Customer({ from: r.Booking.customerId, to: r.Customer.id, optional: false }),
    pricingTier: r.one.PricingTier({ from: r.Booking.pricingTierId, to: r.PricingTier.id }),
    station: r.one.Station({ from: r.Booking.stationId, to: r.Station.id }),
    blogPosts: r.many.CustomerReviewBlogPost({ from: r.Booking.id, to: r.CustomerReviewBlogPost.bookingId }),
    reviews: r.many.CustomerReview({ from: r.Booking.id, to: r.CustomerReview.bookingId }),
    couponRedemptions: r.many.CouponRedemption({ from: r.Booking.id, to: r.CouponRedemption.bookingId }),
    reviewRequest: r.one.EventReviewRequest({ from: r.Booking.id, to: r.EventReviewRequest.bookingId }),
  },
  Customer: {
    aiConversations: r.many.AIConversation({ from: r.Customer.id, to: r.AIConversation.customerId }),
    bookings: r.many.Booking({ from: r.Customer.id, to: r.Booking.customerId }),
    blogPosts: r.many.CustomerReviewBlogPost({ from: r.Customer.id, to: r.CustomerReviewBlogPost.customerId }),
    reviews: r.many.CustomerReview({ from: r.Customer.id, to: r.CustomerReview.customerId }),
    reviewRequests: r.many.EventReviewRequest({ from: r.Customer.id, to: r.EventReviewRequest.customerId }),
    externalReviews: r.many.ExternalReview({ from: r.Customer.id, to: r.ExternalReview.customerId }),
    coupons: r.many.DiscountCoupon({ from: r.Customer.id, to: r.DiscountCoupon.customerId }),
    couponRedemptions: r.many.CouponRedemption({ from: r.Customer.id, to: r.CouponRedemption.customerId }),
    station: r.one.Station({ from: r.Customer.stationId, to: r.Station.id }),
    leads: r.many.Lead({ from: r.Customer.id, to: r.Lead.customerId }),
    messageThreads: r.many.MessageThread({ from: r.Customer.id, to: r.MessageThread.customerId }),
    socialThreads: r.many.LeadSocialThread({ from: r.Customer.id, to: r.LeadSocialThread.customerId }),
    subscribers: r.many.Subscriber({ from: r.Customer.id, to: r.Subscriber.customerId }),
    socialIdentities: r.many.CustomerSocialIdentity({ from: r.Customer.id, to: r.CustomerSocialIdentity.customerId }),
  },
  Chef: {
    bookings: r.many.Booking({ from: r.Chef.id, to: r.Booking.chefId }),
  },
  MessageThread: {
    customer: r.one.Customer({ from: r.MessageThread.customerId, to: r.Customer.id, optional: false }),
    station: r.one.Station({ from: r.MessageThread.stationId, to: r.Station.id }),
    messages: r.many.Message({ from: r.MessageThread.id, to: r.Message.threadId }),
  },
  Message: {
    thread: r.one.MessageThread({ from: r.Message.threadId, to: r.MessageThread.id, optional: false }),
  },

  // identity
  User: {
    oauthAccounts: r.many.OAuthAccount({ from: r.User.id, to: r.OAuthAccount.userId }),
    stationAccessTokens: r.many.StationAccessToken({ from: r.User.id, to: r.StationAccessToken.userId }),
    stationAuditLogs: r.many.StationAuditLog({ from: r.User.id, to: r.StationAuditLog.userId }),
    assignedStationUsers: r.many.StationUser({ from: r.User.id, to: r.StationUser.assignedBy }),
    stationUsers: r.many.StationUser({ from: r.User.id, to: r.StationUser.userId }),
    assignedUserRoles: r.many.UserRole({ from: r.User.id, to: r.UserRole.assignedBy }),
    userRoles: r.many.UserRole({ from: r.User.id, to: r.UserRole.userId }),
    assignedAIConversations: r.many.AIConversation({ from: r.User.id, to: r.AIConversation.assignedAgentId }),
    accessedCallRecordings: r.many.CallRecording({ from: r.User.id, to: r.CallRecording.lastAccessedById }),
    approvedBlogPosts: r.many.CustomerReviewBlogPost({ from: r.User.id, to: r.CustomerReviewBlogPost.approvedBy }),
    reviewedBlogPosts: r.many.CustomerReviewBlogPost({ from: r.User.id, to: r.CustomerReviewBlogPost.reviewedBy }),
    issuedCoupons: r.many.DiscountCoupon({ from: r.User.id, to: r.DiscountCoupon.issuedBy }),
    redeemedCoupons: r.many.CouponRedemption({ from: r.User.id, to: r.CouponRedemption.redeemedBy }),
    reversedCoupons: r.many.CouponRedemption({ from: r.User.id, to: r.CouponRedemption.reversedBy }),
    resolvedExternalReviews: r.many.ExternalReview({ from: r.User.id, to: r.ExternalReview.resolvedById }),
    assignedExternalReviews: r.many.ExternalReview({ from: r.User.id, to: r.ExternalReview.assignedToId }),
    linkedExternalReviews: r.many.ExternalReview({ from: r.User.id, to: r.ExternalReview.linkedBy }),
    moderatedReviews: r.many.CustomerReview({ from: r.User.id, to: r.CustomerReview.moderatedById }),
    assignedEscalations: r.many.Escalation({ from: r.User.id, to: r.Escalation.assignedToId }),
    reviewApprovals: r.many.ReviewApprovalLog({ from: r.User.id, to: r.ReviewApprovalLog.adminId }),
    resolvedReviewEscalations: r.many.ReviewEscalation({ from: r.User.id, to: r.ReviewEscalation.resolvedById }),
    assignedReviewEscalations: r.many.ReviewEscalation({ from: r.User.id, to: r.ReviewEscalation.assignedToId }),
    approvedSMSTemplates: r.many.SMSTemplate({ from: r.User.id, to: r.SMSTemplate.approvedBy }),
    createdSMSTemplates: r.many.SMSTemplate({ from: r.User.id, to: r.SMSTemplate.createdBy }),
    connectedSocialAccounts: r.many.BusinessSocialAccount({ from: r.User.id, to: r.BusinessSocialAccount.connectedBy }),
    roles: r.many.Role({ from: r.User.id.through(r.UserRole.userId), to: r.Role.id.through(r.UserRole.roleId) }),
    stations: r.many.Station({
      from: r.User.id.through(r.StationUser.userId),
      to: r.Station.id.through(r.StationUser.stationId),
    }),
  },
  Role: {
    rolePermissions: r.many.RolePermission({ from: r.Role.id, to: r.RolePermission.roleId }),
    userRoles: r.many.UserRole({ from: r.Role.id, to: r.UserRole.roleId }),
    users: r.many.User({ from: r.Role.id.through(r.UserRole.roleId), to: r.User.id.through(r.UserRole.userId) }),
    permissions: r.many.Permission({
      from: r.Role.id.through(r.RolePermission.roleId),
      to: r.Permission.id.through(r.RolePermission.permissionId),
    }),
  },
  Permission: {
    rolePermissions: r.many.RolePermission({ from: r.Permission.id, to: r.RolePermission.permissionId }),
    roles: r.many.Role({
      from: r.Permission.id.through(r.RolePermission.permissionId),
      to: r.Role.id.through(r.RolePermission.roleId),
    }),
  },
  RolePermission: {
    permission: r.one.Permission({ from: r.RolePermission.permissionId, to: r.Permission.id, optional: false }),
    role: r.one.Role({ from: r.RolePermission.roleId, to: r.Role.id, optional: false }),
  },
  UserRole: {
    assignedByUser: r.one.User({ from: r.UserRole.assignedBy, to: r.User.id }),
    role: r.one.Role({ from: r.UserRole.roleId, to: r.Role.id, optional: false }),
    user: r.one.User({ from: r.UserRole.userId, to: r.User.id, optional: false }),
  },
  Station: {
    aiConversations: r.many.AIConversation({ from: r.Station.id, to: r.AIConversation.stationId }),
    emailThreads: r.many.EmailThread({ from: r.Station.id, to: r.EmailThread.stationId }),
    escalations: r.many.Escalation({ from: r.Station.id, to: r.Escalation.stationId }),
    couponRedemptions: r.many.CouponRedemption({ from: r.Station.id, to: r.CouponRedemption.stationId }),
    reviewEscalations: r.many.ReviewEscalation({ from: r.Station.id, to: r.ReviewEscalation.stationId }),
    externalReviews: r.many.ExternalReview({ from: r.Station.id, to: r.ExternalReview.stationId }),
    externalReviewSyncs: r.many.ExternalReviewSync({ from: r.Station.id, to: r.ExternalReviewSync.stationId }),
    reviewRequests: r.many.EventReviewRequest({ from: r.Station.id, to: r.EventReviewRequest.stationId }),
    leads: r.many.Lead({ from: r.Station.id, to: r.Lead.stationId }),
    socialAccounts: r.many.BusinessSocialAccount({ from: r.Station.id, to: r.BusinessSocialAccount.stationId }),
    socialThreads: r.many.LeadSocialThread({ from: r.Station.id, to: r.LeadSocialThread.stationId }),
    stationAccessTokens: r.many.StationAccessToken({ from: r.Station.id, to: r.StationAccessToken.stationId }),
    stationAuditChains: r.many.StationAuditChain({ from: r.Station.id, to: r.StationAuditChain.stationId }),
    stationAuditLogs: r.many.StationAuditLog({ from: r.Station.id, to: r.StationAuditLog.stationId }),
    stationAuditOrigin: r.one.StationAuditOrigin({ from: r.Station.id, to: r.StationAuditOrigin.stationId }),
    stationUsers: r.many.StationUser({ from: r.Station.id, to: r.StationUser.stationId }),
    bookings: r.many.Booking({ from: r.Station.id, to: r.Booking.stationId }),
    customers: r.many.Customer({ from: r.Station.id, to: r.Customer.stationId }),
    messageThreads: r.many.MessageThread({ from: r.Station.id, to: r.MessageThread.stationId }),
    pricingTiers: r.many.PricingTier({ from: r.Station.id, to: r.PricingTier.stationId }),
    users: r.many.User({
      from: r.Station.id.through(r.StationUser.stationId),
      to: r.User.id.through(r.StationUser.userId),
    }),
  },
  StationUser: {
    assignedByUser: r.one.User({ from: r.StationUser.assignedBy, to: r.User.id }),
    station: r.one.Station({ from: r.StationUser.stationId, to: r.Station.id, optional: false }),
    user: r.one.User({ from: r.StationUser.userId, to: r.User.id, optional: false }),
  },
  StationAccessToken: {
    station: r.one.Station({ from: r.StationAccessToken.stationId, to: r.Station.id, optional: false }),
    user: r.one.User({ from: r.StationAccessToken.userId, to: r.User.id, optional: false }),
  },
  StationAuditLog: {
    station: r.one.Station({ from: r.StationAuditLog.stationId, to: r.Station.id }),
    user: r.one.User({ from: r.StationAuditLog.userId, to: r.User.id }),
  },
  StationAuditChain: {
    station: r.one.Station({ from: r.StationAuditChain.stationId, to: r.Station.id }),
    seals: r.many.StationAuditSeal({ from: r.StationAuditChain.id, to: r.StationAuditSeal.chainId }),
  },
  StationAuditSeal: {
    chain: r.one.StationAuditChain({ from: r.StationAuditSeal.chainId, to: r.StationAuditChain.id }),
  },
  StationAuditOrigin: {
    station: r.one.Station({ from: r.StationAuditOrigin.stationId, to: r.Station.id }),
  },
  OAuthAccount: {
    user: r.one.User({ from: r.OAuthAccount.userId, to: r.User.id, optional: false }),
  },

  // lead
  Lead: {
    contacts: r.many.LeadContact({ from: r.Lead.id, to: r.LeadContact.leadId }),
    context: r.one.LeadContext({ from: r.Lead.id, to: r.LeadContext.leadId }),
    events: r.many.LeadEvent({ from: r.Lead.id, to: r.LeadEvent.leadId }),
    customer: r.one.Customer({ from: r.Lead.customerId, to: r.Customer.id }),
    station: r.one.Station({ from: r.Lead.stationId, to: r.Station.id }),
    socialThreads: r.many.LeadSocialThread({ from: r.Lead.id, to: r.LeadSocialThread.leadId }),
  },
  LeadContact: {
    lead: r.one.Lead({ from: r.LeadContact.leadId, to: r.Lead.id, optional: false }),
  },
  LeadContext: {
    lead: r.one.Lead({ from: r.LeadContext.leadId, to: r.Lead.id, optional: false }),
  },
  LeadEvent: {
    lead: r.one.Lead({ from: r.LeadEvent.leadId, to: r.Lead.id, optional: false }),
  },
  BusinessSocialAccount: {
    connectedByUser: r.one.User({ from: r.BusinessSocialAccount.connectedBy, to: r.User.id }),
    station: r.one.Station({ from: r.BusinessSocialAccount.stationId, to: r.Station.id }),
  },
  CustomerSocialIdentity: {
    customer: r.one.Customer({ from: r.CustomerSocialIdentity.customerId, to: r.Customer.id }),
  },
  LeadSocialThread: {
    customer: r.one.Customer({ from: r.LeadSocialThread.customerId, to: r.Customer.id }),
    lead: r.one.Lead({ from: r.LeadSocialThread.leadId, to: r.Lead.id }),
    station: r.one.Station({ from: r.LeadSocialThread.stationId, to: r.Station.id }),
  },

  // newsletter
  Subscriber: {
    campaignEvents: r.many.CampaignEvent({ from: r.Subscriber.id, to: r.CampaignEvent.subscriberId }),
    smsSendQueue: r.many.SMSSendQueue({ from: r.Subscriber.id, to: r.SMSSendQueue.subscriberId }),
    customer: r.one.Customer({ from: r.Subscriber.customerId, to: r.Customer.id }),
  },
  Campaign: {
    events: r.many.CampaignEvent({ from: r.Campaign.id, to: r.CampaignEvent.campaignId }),
    smsLimit: r.one.CampaignSMSLimit({ from: r.Campaign.id, to: r.CampaignSMSLimit.campaignId }),
    smsSendQueue: r.many.SMSSendQueue({ from: r.Campaign.id, to: r.SMSSendQueue.campaignId }),
  },
  CampaignEvent: {
    campaign: r.one.Campaign({ from: r.CampaignEvent.campaignId, to: r.Campaign.id, optional: false }),
    subscriber: r.one.Subscriber({ from: r.CampaignEvent.subscriberId, to: r.Subscriber.id, optional: false }),
    smsDeliveryEvents: r.many.SMSDeliveryEvent({ from: r.CampaignEvent.id, to: r.SMSDeliveryEvent.campaignEventId }),
  },
  SMSTemplate: {
    smsSendQueue: r.many.SMSSendQueue({ from: r.SMSTemplate.id, to: r.SMSSendQueue.templateId }),
    approvedByUser: r.one.User({ from: r.SMSTemplate.approvedBy, to: r.User.id }),
    createdByUser: r.one.User({ from: r.SMSTemplate.createdBy, to: r.User.id }),
  },
  CampaignSMSLimit: {
    campaign: r.one.Campaign({ from: r.CampaignSMSLimit.campaignId, to: r.Campaign.id, optional: false }),
  },
  SMSSendQueue: {
    campaign: r.one.Campaign({ from: r.SMSSendQueue.campaignId, to: r.Campaign.id, optional: false }),
    subscriber: r.one.Subscriber({ from: r.SMSSendQueue.subscriberId, to: r.Subscriber.id, optional: false }),
    template: r.one.SMSTemplate({ from: r.SMSSendQueue.templateId, to: r.SMSTemplate.id }),
  },
  SMSDeliveryEvent: {
    campaignEvent: r.one.CampaignEvent({
      from: r.SMSDeliveryEvent.campaignEventId,
      to: r.CampaignEvent.id,
      optional: false,
    }),
  },

  // feedback_marketing
  CustomerReview: {
    booking: r.one.Booking({ from: r.CustomerReview.bookingId, to: r.Booking.id }),
    customer: r.one.Customer({ from: r.CustomerReview.customerId, to: r.Customer.id }),
    moderatedBy: r.one.User({ from: r.CustomerReview.moderatedById, to: r.User.id }),
    escalations: r.many.ReviewEscalation({ from: r.CustomerReview.id, to: r.ReviewEscalation.reviewId }),
    coupon: r.one.DiscountCoupon({ from: r.CustomerReview.id, to: r.DiscountCoupon.reviewId }),
    request: r.one.EventReviewRequest({ from: r.CustomerReview.id, to: r.EventReviewRequest.reviewId }),
  },
  ReviewEscalation: {
    assignedTo: r.one.User({ from: r.ReviewEscalation.assignedToId, to: r.User.id }),
    resolvedBy: r.one.User({ from: r.ReviewEscalation.resolvedById, to: r.User.id }),
    station: r.one.Station({ from: r.ReviewEscalation.stationId, to: r.Station.id }),
    review: r.one.CustomerReview({ from: r.ReviewEscalation.reviewId, to: r.CustomerReview.id, optional: false }),
  },
  QRCode: {
    scans: r.many.QRScan({ from: r.QRCode.id, to: r.QRScan.qrCodeId }),
  },
  QRScan: {
    qrCode: r.one.QRCode({ from: r.QRScan.qrCodeId, to: r.QRCode.id, optional: false }),
  },
  CustomerReviewBlogPost: {
    approvedByUser: r.one.User({ from: r.CustomerReviewBlogPost.approvedBy, to: r.User.id }),
    booking: r.one.Booking({ from: r.CustomerReviewBlogPost.bookingId, to: r.Booking.id }),
    customer: r.one.Customer({ from: r.CustomerReviewBlogPost.customerId, to: r.Customer.id, optional: false }),
    approvalLog: r.many.ReviewApprovalLog({ from: r.CustomerReviewBlogPost.id, to: r.ReviewApprovalLog.reviewId }),
    reviewedByUser: r.one.User({ from: r.CustomerReviewBlogPost.reviewedBy, to: r.User.id }),
    slugs: r.many.BlogReviewSlug({ from: r.CustomerReviewBlogPost.id, to: r.BlogReviewSlug.reviewId }),
  },
  ReviewApprovalLog: {
    admin: r.one.User({ from: r.ReviewApprovalLog.adminId, to: r.User.id }),
    review: r.one.CustomerReviewBlogPost({
      from: r.ReviewApprovalLog.reviewId,
      to: r.CustomerReviewBlogPost.id,
      optional: false,
    }),
  },

  BlogReviewSlug: {
    review: r.one.CustomerReviewBlogPost({
      from: r.BlogReviewSlug.reviewId,
      to: r.CustomerReviewBlogPost.id,
      optional: false,
    }),
  },
  EventReviewRequest: {
    booking: r.one.Booking({ from: r.EventReviewRequest.bookingId, to: r.Booking.id, optional: false }),
    customer: r.one.Customer({ from: r.EventReviewRequest.customerId, to: r.Customer.id }),
    review: r.one.CustomerReview({ from: r.EventReviewRequest.reviewId, to: r.CustomerReview.id }),
    station: r.one.Station({ from: r.EventReviewRequest.stationId, to: r.Station.id }),
  },
  DiscountCoupon: {
    customer: r.one.Customer({ from: r.DiscountCoupon.customerId, to: r.Customer.id }),
    issuedByUser: r.one.User({ from: r.DiscountCoupon.issuedBy, to: r.User.id }),
    redemptions: r.many.CouponRedemption({ from: r.DiscountCoupon.id, to: r.CouponRedemption.couponId }),
    review: r.one.CustomerReview({ from: r.DiscountCoupon.reviewId, to: r.CustomerReview.id }),
  },
  CouponRedemption: {
    booking: r.one.Booking({ from: r.CouponRedemption.bookingId, to: r.Booking.id, optional: false }),
    coupon: r.one.DiscountCoupon({ from: r.CouponRedemption.couponId, to: r.DiscountCoupon.id, optional: false }),
    customer: r.one.Customer({ from: r.CouponRedemption.customerId, to: r.Customer.id }),
    redeemedByUser: r.one.User({ from: r.CouponRedemption.redeemedBy, to: r.User.id }),
    reversedByUser: r.one.User({ from: r.CouponRedemption.reversedBy, to: r.User.id }),
    station: r.one.Station({ from: r.CouponRedemption.stationId, to: r.Station.id }),
  },
  ExternalReview: {
    assignedTo: r.one.User({ from: r.ExternalReview.assignedToId, to: r.User.id }),
    customer: r.one.Customer({ from: r.ExternalReview.customerId, to: r.Customer.id }),
    resolvedBy: r.one.User({ from: r.ExternalReview.resolvedById, to: r.User.id }),
    linkedByUser: r.one.User({ from: r.ExternalReview.linkedBy, to: r.User.id }),
    station: r.one.Station({ from: r.ExternalReview.stationId, to: r.Station.id }),
  },
  ExternalReviewSync: {
    station: r.one.Station({ from: r.ExternalReviewSync.stationId, to: r.Station.id }),
  },

  // support_communications
  Escalation: {
    callRecordings: r.many.CallRecording({ from: r.Escalation.id, to: r.CallRecording.escalationId }),
    assignedTo: r.one.User({ from: r.Escalation.assignedToId, to: r.User.id }),
    station: r.one.Station({ from: r.Escalation.stationId, to: r.Station.id }),
  },
  CallRecording: {
    escalation: r.one.Escalation({ from: r.CallRecording.escalationId, to: r.Escalation.id }),
    lastAccessedBy: r.one.User({ from: r.CallRecording.lastAccessedById, to: r.User.id }),
  },
  EmailThread: {
    messages: r.many.EmailMessage({ from: r.EmailThread.threadId, to: r.EmailMessage.threadId }),
    station: r.one.Station({ from: r.EmailThread.stationId, to: r.Station.id }),
  },
  EmailMessage: {
    thread: r.one.EmailThread({ from: r.EmailMessage.threadId, to: r.EmailThread.threadId }),
  },
  AIConversation: {
    assignedAgent: r.one.User({ from: r.AIConversation.assignedAgentId, to: r.User.id }),
    customer: r.one.Customer({ from: r.AIConversation.customerId, to: r.Customer.id }),
    station: r.one.Station({ from: r.AIConversation.stationId, to: r.Station.id }),
    messages: r.many.AIMessage({ from: r.AIConversation.id, to: r.AIMessage.conversationId }),
  },
  AIMessage: {
    conversation: r.one.AIConversation({ from: r.AIMessage.conversationId, to: r.AIConversation.id, optional: false }),
  },

  // knowledge_base
  PricingTier: {
    bookings: r.many.Booking({ from: r.PricingTier.id, to: r.Booking.pricingTierId }),
    station: r.one.Station({ from: r.PricingTier.stationId, to: r.Station.id }),
  },
}));

/** What `addRelations` returns: a table that is in both has the relations of both. */
export type AddedRelations<Base, Own> = {
  [Name in keyof Base | keyof Own]: Name extends keyof Base
    ? Name extends keyof Own
      ? Omit<Base[Name], 'relations'> & { relations: RelationsOf<Base[Name]> & RelationsOf<Own[Name]> }
      : Base[Name]
    : Name extends keyof Own
      ? Own[Name]
      : never;
};
type RelationsOf<Table> = Table extends { relations: infer Relations } ? Relations : never;

/**
 * Adds a service's own relations to the package's, without repeating them: a table that is in both has the relations of both.
 * `{ ...relations, ...own }` would drop the package's relations of such a table.
 *
 * @param base The package's `relations`, or the result of an earlier `addRelations`. It is not changed.
 * @param own The result of `defineRelationsPart` for the service's tables and the canonical tables that they relate to.
 * @throws {InvalidInput} if a relation has the name of an existing one, if `own` has another table under a name of `base` or a table of
 * `base` under another name, and if a relation points to a table without an entry. The entry of a table that adds nothing is
 * `BookingNote: {}`.
 *
 * @example
 * import { defineRelationsPart } from 'drizzle-orm';
 * import { drizzle } from 'drizzle-orm/node-postgres';
 * import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';
 * import { Booking } from 'canonical-models/core';
 * import { addRelations, relations } from 'canonical-models/relations';
 *
 * const BookingNote = pgSchema('notes').table('booking_notes', {
 *   id: uuid().primaryKey().defaultRandom(),
 *   bookingId: uuid('booking_id').notNull().references(() => Booking.id),
 *   body: text().notNull(),
 * });
 * const own = defineRelationsPart({ Booking, BookingNote }, (r) => ({
 *   Booking: { notes: r.many.BookingNote({ from: r.Booking.id, to: r.BookingNote.bookingId }) },
 *   BookingNote: { booking: r.one.Booking({ from: r.BookingNote.bookingId, to: r.Booking.id, optional: false }) },
 * }));
 * const db = drizzle(process.env.DATABASE_URL ?? '', { relations: addRelations(relations, own) });
 * const bookings = await db.query.Booking.findMany({ with: { customer: true, notes: true } });
 */
export function addRelations<Base extends AnyRelations, Own extends AnyRelations>(
  base: Base,
  own: Own,
): AddedRelations<Base, Own> {
  const all: Record<string, AnyRelations[string]> = { ...base };
  for (const [name, added] of Object.entries(own)) {
    const there = Object.values(base).find(({ table }) => table === added.table) ?? base[name];
    if (there && there.table !== added.table) {
      throw refused(name, `a table other than the existing ${name}`, 'a name that no other table has');
    }
    if (there && there.name !== name) {
      throw refused(name, `the existing table ${there.name}`, `the name ${there.name}`);
    }
    const twice = Object.keys(added.relations).find((relation) => there && Object.hasOwn(there.relations, relation));
    if (twice !== undefined) throw refused(`${name}.${twice}`, 'a relation that already exists', 'a new name');
    all[name] = there ? { ...there, relations: { ...there.relations, ...added.relations } } : added;
  }
  for (const [name, { relations: added }] of Object.entries(own)) {
    for (const [relation, { targetTableName: target }] of Object.entries(added)) {
      if (!Object.hasOwn(all, target)) {
        throw refused(`${name}.${relation}`, `${target}, which has no entry`, `at least ${target}: {}`);
      }
    }
  }
  return all as AddedRelations<Base, Own>;
}

function refused(object: string, found: string, expected: string): InvalidInput {
  return new InvalidInput({
    object: `relations of ${object}`,
    found,
    expected,
    next: 'correct it in defineRelationsPart',
  });
}
