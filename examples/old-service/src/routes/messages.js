const { HttpError } = require('../http-error');
const { readId, readText } = require('../input');

/** @type {Record<string, import('../server').Route>} */
module.exports = {
  'GET /customers/:id/messages': async ({ database: { pool }, ids: [id] }) => {
    const { rows } = await pool.query(
      `SELECT message.id, thread.id AS thread_id, thread.channel, message.sender_type, message.content, message.created_at
       FROM messages AS message JOIN message_threads AS thread ON thread.id = message.thread_id
       WHERE thread.customer_id = $1
       ORDER BY message.created_at DESC, message.id LIMIT 50`,
      [readId(id, 'customer')],
    );
    return { body: { messages: rows } };
  },

  'POST /message-threads/:id/messages': async ({ database: { pool }, ids: [id], body }) => {
    const threadId = readId(id, 'thread');
    const content = readText(body, 'content', 4_000);
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query('SELECT id FROM message_threads WHERE id = $1 FOR UPDATE', [threadId]);
      if (rows.length === 0) throw new HttpError(404, 'There is no such thread.');
      const inserted = await client.query(
        `INSERT INTO messages (thread_id, sender_type, content) VALUES ($1, 'staff', $2)
         RETURNING id, thread_id, sender_type, content, is_read`,
        [threadId, content],
      );
      await client.query('UPDATE message_threads SET last_message_at = now() WHERE id = $1', [threadId]);
      await client.query('COMMIT');
      return { status: 201, body: inserted.rows[0] };
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  },
};
