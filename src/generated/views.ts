// Generated from src/registry/renames.ts by `npm run db:generate`. Do not edit.

import { pgView } from 'drizzle-orm/pg-core';
import type { CompatibilityView } from '../compatibility-view.ts';
import { Message, MessageThread } from '../core/index.ts';
import { CustomerReview } from '../feedback_marketing/index.ts';
import { identity, OAuthAccount } from '../identity/index.ts';
import { BusinessSocialAccount, CustomerSocialIdentity, LeadSocialThread } from '../lead/index.ts';

/** `identity.social_accounts`, which is `identity.oauth_accounts` since 1.0.0; removed in 2.0.0. */
export const IdentitySocialAccountsView: CompatibilityView<
  'social_accounts',
  'identity',
  typeof OAuthAccount,
  | 'id'
  | 'userId'
  | 'provider'
  | 'providerAccountId'
  | 'accessToken'
  | 'refreshToken'
  | 'expiresAt'
  | 'profileData'
  | 'createdAt'
  | 'updatedAt'
> = identity
  .view('social_accounts')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: OAuthAccount.id,
        userId: OAuthAccount.userId,
        provider: OAuthAccount.provider,
        providerAccountId: OAuthAccount.providerAccountId,
        accessToken: OAuthAccount.accessToken,
        refreshToken: OAuthAccount.refreshToken,
        expiresAt: OAuthAccount.expiresAt,
        profileData: OAuthAccount.profileData,
        createdAt: OAuthAccount.createdAt,
        updatedAt: OAuthAccount.updatedAt,
      })
      .from(OAuthAccount),
  );

/** `public.social_accounts`, which is `public.business_social_accounts` since 1.0.0; removed in 2.0.0. */
export const PublicSocialAccountsView: CompatibilityView<
  'social_accounts',
  undefined,
  typeof BusinessSocialAccount,
  | 'id'
  | 'platform'
  | 'pageId'
  | 'pageName'
  | 'handle'
  | 'profileUrl'
  | 'avatarUrl'
  | 'connectedBy'
  | 'connectedAt'
  | 'tokenRef'
  | 'webhookVerified'
  | 'lastSyncAt'
  | 'isActive'
  | 'platformMetadata'
  | 'createdAt'
  | 'updatedAt'
  | 'deletedAt'
> = pgView('social_accounts')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: BusinessSocialAccount.id,
        platform: BusinessSocialAccount.platform,
        pageId: BusinessSocialAccount.pageId,
        pageName: BusinessSocialAccount.pageName,
        handle: BusinessSocialAccount.handle,
        profileUrl: BusinessSocialAccount.profileUrl,
        avatarUrl: BusinessSocialAccount.avatarUrl,
        connectedBy: BusinessSocialAccount.connectedBy,
        connectedAt: BusinessSocialAccount.connectedAt,
        tokenRef: BusinessSocialAccount.tokenRef,
        webhookVerified: BusinessSocialAccount.webhookVerified,
        lastSyncAt: BusinessSocialAccount.lastSyncAt,
        isActive: BusinessSocialAccount.isActive,
        platformMetadata: BusinessSocialAccount.platformMetadata,
        createdAt: BusinessSocialAccount.createdAt,
        updatedAt: BusinessSocialAccount.updatedAt,
        deletedAt: BusinessSocialAccount.deletedAt,
      })
      .from(BusinessSocialAccount),
  );

/** `public.social_identities`, which is `public.customer_social_identities` since 1.0.0; removed in 2.0.0. */
export const PublicSocialIdentitiesView: CompatibilityView<
  'social_identities',
  undefined,
  typeof CustomerSocialIdentity,
  | 'id'
  | 'platform'
  | 'handle'
  | 'displayName'
  | 'profileUrl'
  | 'avatarUrl'
  | 'customerId'
  | 'confidenceScore'
  | 'verificationStatus'
  | 'firstSeenAt'
  | 'lastActiveAt'
  | 'platformMetadata'
  | 'createdAt'
  | 'updatedAt'
> = pgView('social_identities')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: CustomerSocialIdentity.id,
        platform: CustomerSocialIdentity.platform,
        handle: CustomerSocialIdentity.handle,
        displayName: CustomerSocialIdentity.displayName,
        profileUrl: CustomerSocialIdentity.profileUrl,
        avatarUrl: CustomerSocialIdentity.avatarUrl,
        customerId: CustomerSocialIdentity.customerId,
        confidenceScore: CustomerSocialIdentity.confidenceScore,
        verificationStatus: CustomerSocialIdentity.verificationStatus,
        firstSeenAt: CustomerSocialIdentity.firstSeenAt,
        lastActiveAt: CustomerSocialIdentity.lastActiveAt,
        platformMetadata: CustomerSocialIdentity.platformMetadata,
        createdAt: CustomerSocialIdentity.createdAt,
        updatedAt: CustomerSocialIdentity.updatedAt,
      })
      .from(CustomerSocialIdentity),
  );

/** `public.customer_reviews`, which is `public.event_customer_reviews` since 1.0.0; removed in 2.0.0. */
export const PublicCustomerReviewsView: CompatibilityView<
  'customer_reviews',
  undefined,
  typeof CustomerReview,
  | 'id'
  | 'bookingId'
  | 'customerId'
  | 'rating'
  | 'reviewText'
  | 'sentimentScore'
  | 'sentimentLabel'
  | 'status'
  | 'moderationNotes'
  | 'moderatedById'
  | 'moderatedAt'
  | 'isFeatured'
  | 'displayOnWebsite'
  | 'createdAt'
  | 'updatedAt'
> = pgView('customer_reviews')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: CustomerReview.id,
        bookingId: CustomerReview.bookingId,
        customerId: CustomerReview.customerId,
        rating: CustomerReview.rating,
        reviewText: CustomerReview.reviewText,
        sentimentScore: CustomerReview.sentimentScore,
        sentimentLabel: CustomerReview.sentimentLabel,
        status: CustomerReview.status,
        moderationNotes: CustomerReview.moderationNotes,
        moderatedById: CustomerReview.moderatedById,
        moderatedAt: CustomerReview.moderatedAt,
        isFeatured: CustomerReview.isFeatured,
        displayOnWebsite: CustomerReview.displayOnWebsite,
        createdAt: CustomerReview.createdAt,
        updatedAt: CustomerReview.updatedAt,
      })
      .from(CustomerReview),
  );

/** `public.message_threads`, which is `public.customer_message_threads` since 1.0.0; removed in 2.0.0. */
export const PublicMessageThreadsView: CompatibilityView<
  'message_threads',
  undefined,
  typeof MessageThread,
  | 'id'
  | 'customerId'
  | 'stationId'
  | 'subject'
  | 'channel'
  | 'status'
  | 'threadMetadata'
  | 'createdAt'
  | 'updatedAt'
  | 'lastMessageAt'
> = pgView('message_threads')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: MessageThread.id,
        customerId: MessageThread.customerId,
        stationId: MessageThread.stationId,
        subject: MessageThread.subject,
        channel: MessageThread.channel,
        status: MessageThread.status,
        threadMetadata: MessageThread.threadMetadata,
        createdAt: MessageThread.createdAt,
        updatedAt: MessageThread.updatedAt,
        lastMessageAt: MessageThread.lastMessageAt,
      })
      .from(MessageThread),
  );

/** `public.messages`, which is `public.customer_messages` since 1.0.0; removed in 2.0.0. */
export const PublicMessagesView: CompatibilityView<
  'messages',
  undefined,
  typeof Message,
  'id' | 'threadId' | 'senderType' | 'senderId' | 'content' | 'isRead' | 'messageMetadata' | 'createdAt'
> = pgView('messages')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: Message.id,
        threadId: Message.threadId,
        senderType: Message.senderType,
        senderId: Message.senderId,
        content: Message.content,
        isRead: Message.isRead,
        messageMetadata: Message.messageMetadata,
        createdAt: Message.createdAt,
      })
      .from(Message),
  );

/** `public.social_threads`, which is `public.lead_social_threads` since 1.0.0; removed in 2.0.0. */
export const PublicSocialThreadsView: CompatibilityView<
  'social_threads',
  undefined,
  typeof LeadSocialThread,
  'id' | 'platform' | 'accountId' | 'threadRef' | 'leadId' | 'customerId' | 'status' | 'lastMessageAt' | 'createdAt'
> = pgView('social_threads')
  .with({ securityInvoker: true })
  .as((query) =>
    query
      .select({
        id: LeadSocialThread.id,
        platform: LeadSocialThread.platform,
        accountId: LeadSocialThread.accountId,
        threadRef: LeadSocialThread.threadRef,
        leadId: LeadSocialThread.leadId,
        customerId: LeadSocialThread.customerId,
        status: LeadSocialThread.status,
        lastMessageAt: LeadSocialThread.lastMessageAt,
        createdAt: LeadSocialThread.createdAt,
      })
      .from(LeadSocialThread),
  );
