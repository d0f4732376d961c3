import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import type { PostgresDatabase } from '../../database.ts';
import { Conflict, NotFound } from '../../errors.ts';
import { Station } from '../../identity/station.ts';
import { ExternalReview } from '../external-review.ts';
import { ExternalReviewSync } from '../external-review-sync.ts';
import { reviewSettingsOf, type StationReviewSettings } from '../station-review-settings.ts';
import { clock, type ReviewedLocation } from './store.ts';

/** A run over the reviews of a location. */
export interface SyncRun extends ReviewedLocation {
  readonly startedAt: Date;
  /** The time of the last change up to which all was known when the run began; empty if nothing was. */
  readonly position: string;
}

/** Writes down that a run begins, and reads what it begins with. */
export async function beginRun(
  db: PostgresDatabase,
  location: string,
  stationId: string | undefined,
): Promise<SyncRun> {
  return db.transaction(
    async (tx) => {
      const given = stationId ?? null;
      if (given !== null) await getSettings(tx, given);
      const [sync] = await tx
        .insert(ExternalReviewSync)
        .values({ source: 'google', location, stationId: given, lastRunAt: clock })
        .onConflictDoUpdate({
          target: [ExternalReviewSync.source, ExternalReviewSync.location],
          set: { lastRunAt: clock, stationId: sql`coalesce(${ExternalReviewSync.stationId}, excluded.station_id)` },
        })
        .returning({
          stationId: ExternalReviewSync.stationId,
          position: ExternalReviewSync.position,
          startedAt: clock,
        });
      if (!sync) throw new Error('an upsert returned no row');
      if (given !== null && sync.stationId !== given) {
        throw new Conflict({
          object: 'stationId',
          found: `${location} of the station ${sync.stationId}`,
          expected: `it to be of ${given}`,
          next: 'leave stationId out, or change the station in public.external_review_syncs first',
        });
      }
      const { thresholds } = await getSettings(tx, sync.stationId);
      return {
        location,
        stationId: sync.stationId,
        escalateUpTo: thresholds.escalateUpTo,
        position: sync.position ?? '',
        startedAt: sync.startedAt,
      };
    },
    { isolationLevel: 'read committed' },
  );
}

/** What `settings.reviews` of the station says, with the defaults if that is of another form. */
async function getSettings(tx: PostgresDatabase, stationId: string | null): Promise<StationReviewSettings> {
  if (stationId === null) return reviewSettingsOf(null);
  const [station] = await tx
    .select({ settings: Station.settings })
    .from(Station)
    .where(eq(Station.id, stationId))
    .$withCache(false);
  if (station) return reviewSettingsOf(station.settings);
  throw new NotFound({
    code: 'station-not-found',
    object: 'stationId',
    found: 'no such station',
    expected: 'the id of a station',
    next: 'correct stationId',
  });
}

/** Writes down how far the reviews are known now, and which of them a whole run did not see. */
export async function endRun(
  db: PostgresDatabase,
  { location, startedAt }: SyncRun,
  { position, isWhole }: { readonly position: string; readonly isWhole: boolean },
): Promise<void> {
  const { position: known, lastWholeRunAt } = ExternalReviewSync;
  await db.transaction(
    async (tx) => {
      await tx
        .update(ExternalReviewSync)
        .set({
          position: sql`nullif(greatest(coalesce(${known}, '') COLLATE "C", ${position}), '')`,
          ...(isWhole && { lastWholeRunAt: sql`greatest(${lastWholeRunAt}, ${startedAt.toISOString()}::timestamptz)` }),
        })
        .where(and(eq(ExternalReviewSync.source, 'google'), eq(ExternalReviewSync.location, location)));
      if (!isWhole) return;
      // Locked in the order in which pages are stored.
      const missing = tx.$with('missing').as(
        tx
          .select({ id: ExternalReview.id })
          .from(ExternalReview)
          .where(
            and(
              eq(ExternalReview.source, 'google'),
              eq(ExternalReview.location, location),
              isNull(ExternalReview.missingSince),
              isNull(ExternalReview.withdrawnAt),
              lt(ExternalReview.lastSeenAt, startedAt),
            ),
          )
          .orderBy(sql`${ExternalReview.externalId} COLLATE "C"`)
          .for('update'),
      );
      await tx
        .with(missing)
        .update(ExternalReview)
        .set({ missingSince: startedAt })
        .from(missing)
        .where(eq(ExternalReview.id, missing.id));
    },
    { isolationLevel: 'read committed' },
  );
}
