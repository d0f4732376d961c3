import type { JsonObject } from '../../columns.ts';
import { StationReviewSettings } from '../station-review-settings.ts';

/** `settings.reviews` of a station, or the defaults if it is not valid: a customer's review is not lost for it. */
export function reviewSettingsOf(settings: JsonObject | null): StationReviewSettings {
  const { data } = StationReviewSettings.safeParse(settings?.['reviews']);
  return data ?? StationReviewSettings.parse(undefined);
}
