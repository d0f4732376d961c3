import { eq } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import {
  fetchGoogleReviews,
  type GoogleReviewPages,
  type GoogleReviewSync,
  type SyncGoogleReviewsInput,
  syncGoogleReviews,
} from '../../../src/feedback_marketing/google-reviews/index.ts';
import { ExternalReview, ExternalReviewSync } from '../../../src/feedback_marketing/index.ts';
import { type OperationsDatabase, openOperationsDatabase } from '../../support/operations.ts';
import type { Major } from '../../support/servers.ts';
import { type GoogleServer, startGoogleServer } from './google-server.ts';

/** A database and a Google that it is kept in step with. */
export interface ReviewsOfTest {
  readonly db: OperationsDatabase;
  readonly google: GoogleServer;
  /** How the tests reach it. */
  readonly connection: {
    readonly accessToken: () => string;
    readonly baseUrl: string;
    readonly retry: { readonly firstDelay: number; readonly budget: number };
  };
  readonly pages: () => GoogleReviewPages;
  /** On the role of workers. */
  readonly sync: (input?: Partial<SyncGoogleReviewsInput>) => Promise<GoogleReviewSync>;
  /** What is stored of a review. */
  readonly rowOf: (externalId: string) => Promise<ExternalReview>;
  /** As if all whole runs had been so long before. */
  readonly age: (minutes: number) => Promise<void>;
  /** Begins with nothing at Google and nothing here. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens both. Close them when done. */
export async function openReviews(major: Major, connections?: number): Promise<ReviewsOfTest> {
  const google = await startGoogleServer();
  const db = await openOperationsDatabase(major, 'feedback_marketing/google-reviews', connections);
  const connection = {
    accessToken: () => google.token,
    baseUrl: google.baseUrl,
    retry: { firstDelay: 1, budget: 5_000 },
  };
  const pages = () => fetchGoogleReviews({ accountId: '1', locationId: '2', ...connection });
  return {
    db,
    google,
    connection,
    pages,
    sync: (input = {}) => syncGoogleReviews(db.outside, { pages: pages(), stationId: db.here.stationId, ...input }),
    rowOf: (externalId) => rowOf(db.owner, externalId),
    age: (minutes) =>
      db.database.exec(`UPDATE external_reviews SET missing_since = missing_since - interval '${minutes} min'`),
    async clear() {
      google.reviews = [];
      google.hidden.clear();
      google.total = undefined;
      google.pageSize = 50;
      google.faults.length = 0;
      google.requests.length = 0;
      google.beforePage = undefined;
      google.beforeReply = undefined;
      google.replyState = 'PENDING';
      await db.owner.delete(ExternalReview);
      await db.owner.delete(ExternalReviewSync);
    },
    async close() {
      await google.close();
      await db.close();
    },
  };
}

async function rowOf(owner: NodePgDatabase, externalId: string): Promise<ExternalReview> {
  const [row] = await owner.select().from(ExternalReview).where(eq(ExternalReview.externalId, externalId));
  if (!row) throw new Error(`${externalId} is not stored`);
  return row;
}
