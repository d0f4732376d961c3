import type { PgTable } from 'drizzle-orm/pg-core';
import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type * as core from '../../src/core/index.ts';
import type * as coreSchemas from '../../src/core/zod.ts';
import { BookingInsert, BookingSelect, type BookingUpdate, type CustomerInsert } from '../../src/core/zod.ts';
import type * as feedbackMarketing from '../../src/feedback_marketing/index.ts';
import type * as feedbackMarketingSchemas from '../../src/feedback_marketing/zod.ts';
import type * as identity from '../../src/identity/index.ts';
import type * as identitySchemas from '../../src/identity/zod.ts';
import type * as knowledgeBase from '../../src/knowledge_base/index.ts';
import type * as knowledgeBaseSchemas from '../../src/knowledge_base/zod.ts';
import type * as lead from '../../src/lead/index.ts';
import type * as leadSchemas from '../../src/lead/zod.ts';
import type * as newsletter from '../../src/newsletter/index.ts';
import type * as newsletterSchemas from '../../src/newsletter/zod.ts';
import type { SubscriberInsert, SubscriberSelect } from '../../src/newsletter/zod.ts';
import { EmailThread } from '../../src/support_communications/email-thread.ts';
import type * as supportCommunications from '../../src/support_communications/index.ts';
import type * as supportCommunicationsSchemas from '../../src/support_communications/zod.ts';
import { insertSchema, type Rules } from '../../src/validation.ts';

/** The entities of a domain whose select schema does not infer the row, or whose other schemas do not fit insert and update. */
type Mismatches<Face, Schemas> = {
  [Entity in keyof Face & string]: Face[Entity] extends PgTable & { $inferSelect: infer Row; $inferInsert: infer New }
    ? Schemas extends Record<`${Entity}Select`, Infers<Row>> &
        Record<`${Entity}Insert`, Infers<New>> &
        Record<`${Entity}Update`, Infers<{ [Key in keyof New]?: New[Key] | undefined }>>
      ? Row extends z.infer<Schemas[`${Entity}Select`]>
        ? never
        : Entity
      : Entity
    : never;
}[keyof Face & string];

type Infers<T> = z.ZodObject & z.ZodType<T>;

describe('the schemas infer what Drizzle reads and accepts', () => {
  test('in every domain', () => {
    expectTypeOf<Mismatches<typeof core, typeof coreSchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof feedbackMarketing, typeof feedbackMarketingSchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof identity, typeof identitySchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof knowledgeBase, typeof knowledgeBaseSchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof lead, typeof leadSchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof newsletter, typeof newsletterSchemas>>().toBeNever();
    expectTypeOf<Mismatches<typeof supportCommunications, typeof supportCommunicationsSchemas>>().toBeNever();
  });

  test('with what is required, optional and null told apart', () => {
    type Inserted = z.infer<typeof BookingInsert>;
    expectTypeOf<Inserted['guestCount']>().toEqualTypeOf<number>();
    expectTypeOf<Inserted['status']>().toEqualTypeOf<core.BookingStatus | undefined>();
    expectTypeOf<Inserted['chefId']>().toEqualTypeOf<string | null | undefined>();
    expectTypeOf<Inserted['bookingMetadata']>().toEqualTypeOf<core.NewBooking['bookingMetadata']>();
    expectTypeOf<z.infer<typeof BookingUpdate>['guestCount']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Record<never, never>>().toExtend<z.infer<typeof BookingUpdate>>();
    expectTypeOf<Omit<Inserted, 'guestCount'>>().not.toExtend<Inserted>();
  });

  test('and bytes may be given as any Uint8Array, and are a Buffer then', () => {
    expectTypeOf<z.input<typeof SubscriberInsert>['emailEnc']>().toEqualTypeOf<Uint8Array>();
    expectTypeOf<z.infer<typeof SubscriberInsert>['emailEnc']>().toEqualTypeOf<Buffer>();
    expectTypeOf<z.infer<typeof SubscriberSelect>['tags']>().toEqualTypeOf<string[] | null>();
  });
});

test('a schema can be taken apart and composed', () => {
  const body = BookingInsert.pick({ guestCount: true }).extend({ note: BookingSelect.shape.specialRequests });
  expectTypeOf<z.infer<typeof body>>().toEqualTypeOf<{ guestCount: number; note: string | null }>();
  expectTypeOf<typeof CustomerInsert.shape.email>().toExtend<z.ZodString>();
});

test('the rules of a table have to fit its columns', () => {
  expectTypeOf<Rules<typeof EmailThread>>().toExtend<{ participants: 'array'; labels: 'array' }>();
  // @ts-expect-error The shapes of its JSON columns are missing.
  void (() => insertSchema(EmailThread));
  // @ts-expect-error Labels are an array.
  void (() => insertSchema(EmailThread, { participants: 'array', labels: 'object' }));
  // @ts-expect-error There is no such column.
  void (() => insertSchema(EmailThread, { participants: 'array', labels: 'array', colour: 'array' }));
});
