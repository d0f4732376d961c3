/** Who is told, with what is known of them. */
export interface Recipient {
  readonly customerId?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly email?: string | null | undefined;
  readonly phone?: string | null | undefined;
  /** Set if the staff of a station is told, not a customer. */
  readonly stationId?: string | null | undefined;
}

/** A message for the caller to send once its transaction is committed: operations send nothing. */
export interface Notification<Kind extends string, Content extends object> {
  /** As in `blog-review-approved`. */
  readonly kind: Kind;
  readonly to: Recipient;
  /** What the text is made of. */
  readonly content: Content;
}
