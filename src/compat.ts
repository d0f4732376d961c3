// Generated from src/renames.ts by `npm run db:generate`. Do not edit.

import { pgView } from 'drizzle-orm/pg-core';
import { Message, MessageThread } from './core/index.ts';
import { CustomerReview } from './feedback_marketing/index.ts';
import { identity, OAuthAccount } from './identity/index.ts';
import { BusinessSocialAccount, CustomerSocialIdentity, LeadSocialThread } from './lead/index.ts';

/** `identity.social_accounts`, which is `identity.oauth_accounts` since 1.0.0; goes in 2.0.0. */
export const IdentitySocialAccountsView = identity
  .view('social_accounts')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(OAuthAccount));

/** `public.social_accounts`, which is `public.business_social_accounts` since 1.0.0; goes in 2.0.0. */
export const PublicSocialAccountsView = pgView('social_accounts')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(BusinessSocialAccount));

/** `public.social_identities`, which is `public.customer_social_identities` since 1.0.0; goes in 2.0.0. */
export const PublicSocialIdentitiesView = pgView('social_identities')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(CustomerSocialIdentity));

/** `public.customer_reviews`, which is `public.event_customer_reviews` since 1.0.0; goes in 2.0.0. */
export const PublicCustomerReviewsView = pgView('customer_reviews')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(CustomerReview));

/** `public.message_threads`, which is `public.customer_message_threads` since 1.0.0; goes in 2.0.0. */
export const PublicMessageThreadsView = pgView('message_threads')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(MessageThread));

/** `public.messages`, which is `public.customer_messages` since 1.0.0; goes in 2.0.0. */
export const PublicMessagesView = pgView('messages')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(Message));

/** `public.social_threads`, which is `public.lead_social_threads` since 1.0.0; goes in 2.0.0. */
export const PublicSocialThreadsView = pgView('social_threads')
  .with({ securityInvoker: true })
  .as((query) => query.select().from(LeadSocialThread));
