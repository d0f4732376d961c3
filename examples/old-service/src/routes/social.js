const { SocialAccount } = require('canonical-models/models/social');
const { eq } = require('drizzle-orm');
const { HttpError } = require('../http-error');
const { readId, readInstant, readLabel, readText } = require('../input');
const { SocialFollowUp } = require('../schema');

const statuses = /** @type {const} */ (['open', 'pending', 'resolved']);
const platforms = /** @type {const} */ (['instagram', 'facebook', 'google', 'yelp']);

/** @type {Record<string, import('../server').Route>} */
module.exports = {
  'GET /social-accounts': async ({ database: { db } }) => {
    const accounts = await db
      .select({ id: SocialAccount.id, platform: SocialAccount.platform, pageName: SocialAccount.pageName })
      .from(SocialAccount)
      .where(eq(SocialAccount.isActive, true))
      .orderBy(SocialAccount.pageName, SocialAccount.id);
    return { body: { accounts } };
  },

  'GET /social-threads': async ({ database: { pool }, query }) => {
    const status = readLabel(query.get('status') ?? 'open', 'status', statuses);
    const { rows } = await pool.query(
      `SELECT thread.id, thread.platform, thread.status, thread.last_message_at, account.page_name,
              (SELECT min(identity.handle) FROM social_identities AS identity
               WHERE identity.customer_id = thread.customer_id AND identity.platform = thread.platform::text) AS handle,
              (SELECT min(follow_up.due_at) FROM social_follow_ups AS follow_up
               WHERE follow_up.thread_id = thread.id AND follow_up.done_at IS NULL) AS follow_up_at
       FROM social_threads AS thread
       LEFT JOIN social_accounts AS account
         ON account.platform = thread.platform::text AND account.page_id = thread.account_id
       WHERE thread.status = $1
       ORDER BY thread.created_at DESC, thread.id LIMIT 50`,
      [status],
    );
    return { body: { threads: rows } };
  },

  'POST /social-threads/:id/follow-ups': async ({ database: { db }, ids: [id], body }) => {
    const [followUp] = await db
      .insert(SocialFollowUp)
      .values({
        threadId: readId(id, 'thread'),
        dueAt: readInstant(body, 'dueAt'),
        note: readText(body, 'note', 500),
      })
      .returning();
    return { status: 201, body: followUp };
  },

  'POST /customers/:id/social-identities': async ({ database: { pool }, ids: [id], body }) => {
    const customerId = readId(id, 'customer');
    const { rows: customers } = await pool.query('SELECT id FROM customers WHERE id = $1', [customerId]);
    if (customers.length === 0) throw new HttpError(404, 'There is no such customer.');
    const { rows } = await pool.query(
      `INSERT INTO social_identities (platform, handle, customer_id) VALUES ($1, $2, $3)
       ON CONFLICT (platform, handle) DO UPDATE SET customer_id = excluded.customer_id, updated_at = now()
       RETURNING id, platform, handle, customer_id, verification_status`,
      [readLabel(body['platform'], 'platform', platforms), readText(body, 'handle', 100), customerId],
    );
    return { status: 201, body: rows[0] };
  },
};
