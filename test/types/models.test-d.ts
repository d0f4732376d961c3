// What the types of the models promise. `npm run typecheck` checks it; nothing here runs.
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { JsonObject, JsonValue } from '../../src/columns.ts';
import type { Booking, BookingStatus, Message, NewBooking, NewMessage } from '../../src/core/index.ts';
import type { BlogPostStatus, CustomerReviewBlogPost } from '../../src/feedback_marketing/index.ts';
import { type StationContext, withStation } from '../../src/identity/access/index.ts';
import { stationPolicies } from '../../src/identity/access/policies.ts';
import type {
  OAuthAccount,
  StationPermission,
  StationRole,
  StationStatus,
  StationUser,
} from '../../src/identity/index.ts';
import type { BusinessSocialAccount, Lead } from '../../src/lead/index.ts';
import type { Campaign, SMSTemplate, Subscriber } from '../../src/newsletter/index.ts';
import type { relations } from '../../src/relations.ts';
import type { AIMessage, CallRecording, EmailMessage } from '../../src/support_communications/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile unless the type is `true`. */
declare function holds<_ extends true>(): void;

// One name is the table as a value and its row as a type.
holds<Equal<Booking, typeof Booking.$inferSelect>>();
holds<Equal<NewBooking, typeof Booking.$inferInsert>>();
holds<Equal<OAuthAccount, typeof OAuthAccount.$inferSelect>>();
holds<Equal<BusinessSocialAccount, typeof BusinessSocialAccount.$inferSelect>>();

// What the database fills in may be left out of an insert, and nothing else may.
holds<Equal<undefined extends NewMessage['id'] ? true : false, true>>();
holds<Equal<undefined extends NewMessage['createdAt'] ? true : false, true>>();
holds<Equal<undefined extends NewMessage['threadId'] ? true : false, false>>();
holds<Equal<undefined extends NewMessage['content'] ? true : false, false>>();

// An enum is its type in the database as a value and the union of its labels as a type.
holds<Equal<Booking['status'], BookingStatus>>();
holds<Equal<(typeof BookingStatus.enumValues)[number], BookingStatus>>();
holds<Equal<string extends BookingStatus ? true : false, false>>();

// So is a text column that a check limits to labels.
holds<Equal<StationRole, 'super_admin' | 'admin' | 'station_admin' | 'customer_support'>>();
holds<Equal<StationUser['role'], StationRole>>();
holds<Equal<StationStatus, 'active' | 'inactive' | 'suspended' | 'maintenance'>>();
holds<Equal<CustomerReviewBlogPost['status'], BlogPostStatus>>();
holds<Equal<(typeof BlogPostStatus.enumValues)[number], BlogPostStatus>>();
holds<Equal<string extends StationPermission ? true : false, false>>();

// A JSON column holds what its table keeps in it.
holds<Equal<Booking['bookingMetadata'], JsonObject>>();
holds<Equal<Campaign['segmentFilter'], JsonObject | null>>();
holds<Equal<SMSTemplate['variables'], JsonValue[]>>();
holds<Equal<StationUser['additionalPermissions'], string[]>>();
holds<Equal<AIMessage['toolCalls'], JsonValue>>();
holds<Equal<EmailMessage['rawHeaders'], JsonObject>>();
// @ts-expect-error: undefined is not JSON
const noUndefined: Booking['bookingMetadata'] = { note: undefined };
// @ts-expect-error: a date is not JSON
const noDate: Booking['bookingMetadata'] = { at: new Date() };
// @ts-expect-error: metadata is an object
const noText: Booking['bookingMetadata'] = 'text';

// Numbers that JavaScript can't hold exactly are text or bigint; points in time are dates.
holds<Equal<Lead['score'], string>>();
holds<Equal<CallRecording['fileSizeBytes'], bigint | null>>();
holds<Equal<Message['createdAt'], Date>>();
holds<Equal<Subscriber['tags'], string[] | null>>();

// Relations are known by the names of entities, and say whether there may be none.
holds<Equal<(typeof relations)['Booking']['relations']['customer']['optional'], false>>();
holds<Equal<(typeof relations)['Booking']['relations']['chef']['optional'], true>>();
// @ts-expect-error: no such relation
type NoRelation = (typeof relations)['Booking']['relations']['custommer'];
// @ts-expect-error: a type is not an entity of the relations
type NoEntity = (typeof relations)['NewBooking'];

// A station context names user and station, and its callback gets the transaction of the very database.
declare const db: NodePgDatabase<typeof relations>;
declare const context: StationContext;
const counted = () =>
  withStation(db, context, async (tx, { role }) => [(await tx.query.Booking.findMany()).length, role] as const);
holds<Equal<ReturnType<typeof counted>, Promise<readonly [number, StationRole]>>>();
// @ts-expect-error: without a station
const noStation = () => withStation(db, { userId: context.userId }, async () => {});
// @ts-expect-error: the callback is asynchronous
const noPromise = () => withStation(db, context, () => 1);
// @ts-expect-error: a table without stations has no policies of stations
const noScope = () => stationPolicies('public.chefs');

export type { NoEntity, NoRelation };
export { noDate, noPromise, noScope, noStation, noText, noUndefined };
