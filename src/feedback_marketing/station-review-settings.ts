import { z } from 'zod';
import type { JsonObject } from '../columns.ts';

const stars = z.int().min(0).max(5);

/**
 * What `settings.reviews` of a station says: where its customers may review it, which every customer is shown, however many stars they gave;
 * and up to how many stars a review has to say why (`textRequiredUpTo`), and is looked into (`escalateUpTo`). 0: never.
 *
 * @example
 * const [station] = await db.select().from(Station).where(eq(Station.id, stationId));
 * const { links } = StationReviewSettings.parse(station?.settings['reviews']);
 */
export const StationReviewSettings: z.ZodPrefault<
  z.ZodObject<{
    links: z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodURL>>;
    thresholds: z.ZodPrefault<
      z.ZodObject<{ textRequiredUpTo: z.ZodDefault<z.ZodInt>; escalateUpTo: z.ZodDefault<z.ZodInt> }>
    >;
  }>
> = z
  .object({
    links: z.record(z.string().min(1).max(50), z.url({ protocol: /^https$/ }).max(2000)).default({}),
    thresholds: z.object({ textRequiredUpTo: stars.default(3), escalateUpTo: stars.default(3) }).prefault({}),
  })
  .prefault({});
/** {@link StationReviewSettings} with its defaults. */
export type StationReviewSettings = z.output<typeof StationReviewSettings>;

/** `settings.reviews` of a station, or the defaults if it is not valid or there is no station: no review is lost for it. */
export function reviewSettingsOf(settings: JsonObject | null): StationReviewSettings {
  const { data } = StationReviewSettings.safeParse(settings?.['reviews']);
  return data ?? StationReviewSettings.parse(undefined);
}
