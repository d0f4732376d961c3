// What the types of the schemas in JSON form promise. `npm run typecheck` checks it; nothing here runs.
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTable } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type * as core from '../../src/core/index.ts';
import { Booking } from '../../src/core/index.ts';
import type * as feedbackMarketing from '../../src/feedback_marketing/index.ts';
import type * as coreJson from '../../src/generated/json/core.ts';
import { BookingInsert, BookingSelect, BookingUpdate } from '../../src/generated/json/core.ts';
import type * as feedbackMarketingJson from '../../src/generated/json/feedback_marketing.ts';
import type * as identityJson from '../../src/generated/json/identity.ts';
import type { StationAuditLogUpdate, UserRoleUpdate } from '../../src/generated/json/identity.ts';
import type * as knowledgeBaseJson from '../../src/generated/json/knowledge_base.ts';
import type * as leadJson from '../../src/generated/json/lead.ts';
import type * as newsletterJson from '../../src/generated/json/newsletter.ts';
import type { SubscriberInsert, SubscriberSelect } from '../../src/generated/json/newsletter.ts';
import type * as supportCommunicationsJson from '../../src/generated/json/support_communications.ts';
import type { CallRecordingSelect } from '../../src/generated/json/support_communications.ts';
import type * as identity from '../../src/identity/index.ts';
import type * as identitySchemas from '../../src/identity/zod.ts';
import type * as knowledgeBase from '../../src/knowledge_base/index.ts';
import type * as lead from '../../src/lead/index.ts';
import type { LeadContextUpdate } from '../../src/lead/zod.ts';
import type * as newsletter from '../../src/newsletter/index.ts';
import type * as supportCommunications from '../../src/support_communications/index.ts';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Does not compile unless the type is `true`. */
declare function holds<_ extends true>(): void;

/** What JSON may be. A key that may be left out is `undefined` in its type. */
type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/** The entities of a domain whose schemas in JSON form do not lead from JSON to what Drizzle reads and takes. */
type Mismatches<Face, Schemas> = {
  [Entity in keyof Face & string]: Face[Entity] extends PgTable & { $inferSelect: infer Row; $inferInsert: infer New }
    ? Schemas extends Record<`${Entity}Select`, FromJson<Row>> &
        Record<`${Entity}Insert`, FromJson<New>> &
        Record<`${Entity}Update`, FromJson<{ [Key in keyof New]?: New[Key] | undefined }>>
      ? Row extends z.output<Schemas[`${Entity}Select`]>
        ? never
        : Entity
      : Entity
    : never;
}[keyof Face & string];

type FromJson<T> = z.ZodObject & z.ZodType<T, { [key: string]: Json }>;

holds<Equal<Mismatches<typeof core, typeof coreJson>, never>>();
holds<Equal<Mismatches<typeof feedbackMarketing, typeof feedbackMarketingJson>, never>>();
holds<Equal<Mismatches<typeof identity, typeof identityJson>, never>>();
holds<Equal<Mismatches<typeof knowledgeBase, typeof knowledgeBaseJson>, never>>();
holds<Equal<Mismatches<typeof lead, typeof leadJson>, never>>();
holds<Equal<Mismatches<typeof newsletter, typeof newsletterJson>, never>>();
holds<Equal<Mismatches<typeof supportCommunications, typeof supportCommunicationsJson>, never>>();
// The schemas that are not in JSON form do not start from JSON.
holds<Equal<Mismatches<typeof identity, typeof identitySchemas> extends never ? true : false, false>>();

// Dates and bigint are strings in a body, bytes are base64; what is not in the way of JSON is as it was.
type Body = z.input<typeof BookingInsert>;
holds<Equal<Body['eventDate'], string>>();
holds<Equal<Body['confirmedAt'], string | null | undefined>>();
holds<Equal<Body['guestCount'], number>>();
holds<Equal<Body['status'], core.BookingStatus | undefined>>();
holds<Equal<Body['bookingMetadata'], core.NewBooking['bookingMetadata']>>();
holds<Equal<z.input<typeof SubscriberInsert>['emailEnc'], string>>();
holds<Equal<z.output<typeof SubscriberInsert>['emailEnc'], Buffer>>();
holds<Equal<z.input<typeof SubscriberSelect>['tags'], string[] | null>>();
holds<Equal<z.input<typeof CallRecordingSelect>['fileSizeBytes'], string | null>>();
holds<Equal<z.output<typeof CallRecordingSelect>['fileSizeBytes'], bigint | null>>();

// What is parsed fits Drizzle, and rows are turned into JSON.
declare const db: NodePgDatabase;
declare const row: Booking;
const inserted = () => db.insert(Booking).values(BookingInsert.parse({}));
const changed = () => db.update(Booking).set(BookingUpdate.parse({}));
const encoded = z.encode(BookingSelect, row);
holds<Equal<typeof encoded.confirmedAt, string | null>>();
holds<Equal<typeof encoded.eventDate, string>>();

// What is built of a schema keeps it.
const own = BookingInsert.omit({ customerId: true }).extend({ note: z.string() }).strict();
holds<Equal<z.input<typeof own>['eventDate'], string>>();
holds<Equal<z.output<typeof own>['eventDate'], Date>>();
holds<Equal<'customerId' extends keyof z.input<typeof own> ? true : false, false>>();
const picked = BookingSelect.pick({ eventDate: true, confirmedAt: true }).partial();
holds<Equal<z.output<typeof picked>, { eventDate?: Date | undefined; confirmedAt?: Date | null | undefined }>>();
const list = z.object({ items: z.array(BookingSelect) });
holds<Equal<z.output<typeof list>['items'][number]['eventDate'], Date>>();
holds<Equal<z.input<typeof list>['items'][number]['eventDate'], string>>();

// An update sets neither the key nor the times that the database and Drizzle keep, nor what a trigger keeps.
holds<Equal<Extract<keyof z.output<typeof BookingUpdate>, 'id' | 'createdAt' | 'updatedAt'>, never>>();
holds<Equal<keyof z.output<typeof UserRoleUpdate>, 'assignedAt' | 'assignedBy'>>();
holds<Equal<keyof typeof StationAuditLogUpdate.shape, never>>();
holds<Equal<Extract<keyof z.output<typeof LeadContextUpdate>, 'leadId' | 'updatedAt'>, never>>();
// @ts-expect-error: the key is not changed
const noKey = BookingUpdate.shape.id;

export { changed, inserted, noKey };
