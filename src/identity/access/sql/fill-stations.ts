/** Rows without a station, with the one that their customer or lead tells. Rows that a client has locked are left out. */
const foundBesideClients = {
  'public.leads': `  SELECT lead.id, customer.station_id
  FROM public.leads AS lead JOIN public.customers AS customer ON customer.id = lead.customer_id
  WHERE lead.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF lead SKIP LOCKED`,
  'public.lead_social_threads': `  SELECT thread.id, CASE WHEN thread.customer_id IS NULL THEN lead.station_id ELSE customer.station_id END AS station_id
  FROM public.lead_social_threads AS thread
  LEFT JOIN public.customers AS customer ON customer.id = thread.customer_id
  LEFT JOIN public.leads AS lead ON lead.id = thread.lead_id
  WHERE thread.station_id IS NULL AND CASE WHEN thread.customer_id IS NULL THEN lead.station_id ELSE customer.station_id END IS NOT NULL
  FOR NO KEY UPDATE OF thread SKIP LOCKED`,
  'public.ai_conversations': `  SELECT conversation.id, customer.station_id
  FROM public.ai_conversations AS conversation JOIN public.customers AS customer ON customer.id = conversation.customer_id
  WHERE conversation.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF conversation SKIP LOCKED`,
  'public.review_escalations': `  SELECT escalation.id, CASE WHEN review.booking_id IS NULL THEN customer.station_id ELSE booking.station_id END AS station_id
  FROM public.review_escalations AS escalation
  JOIN public.event_customer_reviews AS review ON review.id = escalation.review_id
  LEFT JOIN public.bookings AS booking ON booking.id = review.booking_id
  LEFT JOIN public.customers AS customer ON customer.id = review.customer_id
  WHERE escalation.station_id IS NULL AND CASE WHEN review.booking_id IS NULL THEN customer.station_id ELSE booking.station_id END IS NOT NULL
  FOR NO KEY UPDATE OF escalation SKIP LOCKED`,
};

const foundAtOnce = {
  'public.escalations': `  SELECT escalation.id, customer.station_id
  FROM public.escalations AS escalation
  JOIN public.ai_conversations AS conversation ON conversation.id::text = lower(escalation.conversation_id)
  JOIN public.customers AS customer ON customer.id = conversation.customer_id
  WHERE escalation.station_id IS NULL AND customer.station_id IS NOT NULL
  FOR NO KEY UPDATE OF escalation NOWAIT`,
};

/** The tables whose rows get their `station_id` from {@link fillStations} and {@link fillStationsOfEscalations}. */
export const filledTables: readonly string[] = Object.keys({ ...foundBesideClients, ...foundAtOnce });

/**
 * Fills `station_id` in the rows that are there already, if what they refer to tells the station. New rows get it from who writes them.
 *
 * Made for tables in use: it comes in a later transaction than the columns, one that locks none of these tables, so readers never wait, and
 * writers for the rows that it has filled. A row that a client has locked is left as it is: it belongs to the station of its parent as before.
 */
export const fillStations: readonly string[] = Object.entries(foundBesideClients).map(fill);

/** An escalation has no parent to fall back on: one that is locked fails the migration at once, to be tried again. */
export const fillStationsOfEscalations: readonly string[] = Object.entries(foundAtOnce).map(fill);

function fill([table, found]: readonly [table: string, found: string]): string {
  return `UPDATE ${table} AS filled SET station_id = found.station_id
FROM (
${found}
) AS found
WHERE filled.id = found.id;`;
}
