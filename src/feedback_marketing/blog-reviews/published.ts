import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { Booking } from '../../core/booking.ts';
import { CustomerReviewBlogPost } from '../customer-review-blog-post.ts';
import { type BlogReviewMedia, readMedia, webAddressOf } from './media.ts';
import { formatPublicName } from './public-name.ts';

/** A review as the public sees it: without e-mail address, phone number, and the name if only initials are to be shown. */
export interface PublishedBlogReview {
  readonly id: string;
  /** What its page is called: the present slug. Old reviews without one have their id. */
  readonly slug: string;
  readonly title: string;
  readonly content: string;
  /** 1 to 5. */
  readonly rating: number;
  /** See {@link formatPublicName}. */
  readonly authorName: string;
  /** Whether the customer completed the booking that the review names. Nobody sets it. */
  readonly isVerified: boolean;
  readonly media: readonly BlogReviewMedia[];
  readonly keywords: readonly string[];
  /** Where the customer wrote on other sites. */
  readonly googleReviewLink: string | undefined;
  readonly yelpReviewLink: string | undefined;
  readonly likes: number;
  readonly helpful: number;
  readonly publishedAt: Date;
  readonly updatedAt: Date;
}

/** The booking that the review names, if its customer completed it. */
export const ofCompletedBooking = and(
  eq(Booking.id, CustomerReviewBlogPost.bookingId),
  eq(Booking.customerId, CustomerReviewBlogPost.customerId),
  eq(Booking.status, 'completed'),
);

/** For a select that joins {@link ofCompletedBooking}. */
export const isVerified = sql<boolean>`${isNotNull(Booking.id)}`;

/** What a {@link PublishedBlogReview} is made of, for a select that joins {@link ofCompletedBooking}. */
export const publishedColumns = {
  id: CustomerReviewBlogPost.id,
  slug: CustomerReviewBlogPost.slug,
  title: CustomerReviewBlogPost.title,
  content: CustomerReviewBlogPost.content,
  rating: CustomerReviewBlogPost.rating,
  name: CustomerReviewBlogPost.customerName,
  showInitialsOnly: CustomerReviewBlogPost.showInitialsOnly,
  isVerified,
  images: CustomerReviewBlogPost.images,
  keywords: CustomerReviewBlogPost.keywords,
  googleReviewLink: CustomerReviewBlogPost.googleReviewLink,
  yelpReviewLink: CustomerReviewBlogPost.yelpReviewLink,
  likes: CustomerReviewBlogPost.likesCount,
  helpful: CustomerReviewBlogPost.helpfulCount,
  approvedAt: CustomerReviewBlogPost.approvedAt,
  createdAt: CustomerReviewBlogPost.createdAt,
  updatedAt: CustomerReviewBlogPost.updatedAt,
};

/** A row of {@link publishedColumns}. */
type PublishedRow = Pick<
  CustomerReviewBlogPost,
  | 'id'
  | 'slug'
  | 'title'
  | 'content'
  | 'rating'
  | 'showInitialsOnly'
  | 'images'
  | 'keywords'
  | 'googleReviewLink'
  | 'yelpReviewLink'
  | 'approvedAt'
  | 'createdAt'
  | 'updatedAt'
> & { name: string | null; isVerified: boolean; likes: number; helpful: number };

export function publishedReview(row: PublishedRow): PublishedBlogReview {
  const { name, showInitialsOnly, images, approvedAt, createdAt } = row;
  return {
    id: row.id,
    slug: row.slug ?? row.id,
    title: row.title,
    content: row.content,
    rating: row.rating,
    authorName: formatPublicName({ name, showInitialsOnly }),
    isVerified: row.isVerified,
    media: readMedia(images),
    keywords: readKeywords(row.keywords),
    googleReviewLink: webAddressOf(row.googleReviewLink),
    yelpReviewLink: webAddressOf(row.yelpReviewLink),
    likes: row.likes,
    helpful: row.helpful,
    publishedAt: approvedAt ?? createdAt,
    updatedAt: row.updatedAt,
  };
}

function readKeywords(keywords: string | null): string[] {
  if (!keywords) return [];
  return keywords
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
