const { index, pgTable, text, timestamp, uuid } = require('drizzle-orm/pg-core');
const { SocialThread } = require('canonical-models/models/social');

/** When somebody has to answer on a social thread again: the one table that is this service's own. */
const SocialFollowUp = pgTable(
  'social_follow_ups',
  {
    id: uuid().primaryKey().defaultRandom(),
    threadId: uuid('thread_id')
      .notNull()
      .references(() => SocialThread.id, { onDelete: 'cascade' }),
    dueAt: timestamp('due_at', { withTimezone: true }).notNull(),
    note: text().notNull(),
    doneAt: timestamp('done_at', { withTimezone: true }),
  },
  (table) => [index('idx_social_follow_ups_thread_id').on(table.threadId)],
);

module.exports = { SocialFollowUp };
