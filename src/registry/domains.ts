/** The domains of the package, as in `canonical-models/<domain>`. Each may import from those before it. */
export const domains = [
  'identity',
  'knowledge_base',
  'core',
  'newsletter',
  'lead',
  'feedback_marketing',
  'support_communications',
] as const;

/** A domain of the package. */
export type Domain = (typeof domains)[number];
