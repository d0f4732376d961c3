/**
 * What is done about a deviation.
 *
 * - `taken`: nothing. The database is taken as it is, and the deviation is a note.
 * - `statement`: a statement makes it as expected while clients go on.
 * - `moves`: clients notice the statement that makes it as expected, so it is a step of a plan.
 * - `decide`: no statement is right for everybody. People decide.
 */
export type Treatment = 'taken' | 'statement' | 'moves' | 'decide';

/** The treatments, in the order in which reports show them, with their headings. */
export const treatments = {
  decide: 'to decide',
  moves: 'moves',
  statement: 'needs a statement',
  taken: 'taken as it is',
} as const satisfies Readonly<Record<Treatment, string>>;

interface Kind {
  readonly treatment: Treatment;
  /** What it is, as reports count it: `3 extra columns`. */
  readonly one: string;
  /** @default `one` with an s */
  readonly many?: string;
}

/**
 * The kinds in which a database can deviate from the baseline or from the models: each with what is done about it, the same
 * everywhere. A kind is declared here once; reports, `baseline`, `migrate`, `check` and `adopt` follow.
 */
export const deviationKinds = {
  // What only one side orders, stores, names or spells in another way.
  'column-order': {
    treatment: 'taken',
    one: 'table with another column order',
    many: 'tables with another column order',
  },
  'extra-column': { treatment: 'taken', one: 'extra column' },
  'extra-index': { treatment: 'taken', one: 'extra index', many: 'extra indexes' },
  'extra-unique-index': { treatment: 'taken', one: 'extra unique index', many: 'extra unique indexes' },
  'extra-constraint': { treatment: 'taken', one: 'extra constraint' },
  'extra-trigger': { treatment: 'taken', one: 'extra trigger' },
  'extra-label': { treatment: 'taken', one: 'enum with extra labels', many: 'enums with extra labels' },
  'extra-statistics': { treatment: 'taken', one: 'extra statistics object' },
  comment: { treatment: 'taken', one: 'comment' },
  storage: { treatment: 'taken', one: 'storage parameter' },
  'wider-type': { treatment: 'taken', one: 'wider column' },
  'timestamp-precision': {
    treatment: 'taken',
    one: 'timestamp of another precision',
    many: 'timestamps of another precision',
  },
  'other-index-name': { treatment: 'taken', one: 'index under another name', many: 'indexes under another name' },
  'other-constraint-name': {
    treatment: 'taken',
    one: 'constraint under another name',
    many: 'constraints under another name',
  },
  'other-default-spelling': {
    treatment: 'taken',
    one: 'default in another spelling',
    many: 'defaults in another spelling',
  },
  'other-check-spelling': { treatment: 'taken', one: 'check in another spelling', many: 'checks in another spelling' },
  'other-index-spelling': {
    treatment: 'taken',
    one: 'condition of an index in another spelling',
    many: 'conditions of indexes in another spelling',
  },
  'other-enum-place': { treatment: 'taken', one: 'enum in another place', many: 'enums in another place' },

  // What a statement brings while clients go on.
  'missing-default': { treatment: 'statement', one: 'missing default' },
  'extra-default': { treatment: 'statement', one: 'extra default' },
  'other-default': { treatment: 'statement', one: 'other default' },
  'missing-not-null': { treatment: 'statement', one: 'column that lacks NOT NULL', many: 'columns that lack NOT NULL' },
  'extra-not-null': {
    treatment: 'statement',
    one: 'column with a NOT NULL too many',
    many: 'columns with a NOT NULL too many',
  },
  'missing-index': { treatment: 'statement', one: 'missing index', many: 'missing indexes' },
  'other-index': { treatment: 'statement', one: 'other index', many: 'other indexes' },
  'invalid-index': { treatment: 'statement', one: 'invalid index', many: 'invalid indexes' },
  'missing-key': { treatment: 'statement', one: 'missing primary or unique key' },
  'other-key': { treatment: 'statement', one: 'other primary or unique key' },
  'missing-check': { treatment: 'statement', one: 'missing check' },
  'other-check': { treatment: 'statement', one: 'other check' },
  'missing-foreign-key': { treatment: 'statement', one: 'missing foreign key' },
  'other-foreign-key': { treatment: 'statement', one: 'other foreign key' },
  'not-validated': {
    treatment: 'statement',
    one: 'constraint that is not validated',
    many: 'constraints that are not validated',
  },
  'missing-column': { treatment: 'statement', one: 'missing column' },
  'missing-label': { treatment: 'statement', one: 'enum without all labels', many: 'enums without all labels' },
  'missing-enum': { treatment: 'statement', one: 'missing enum' },
  'missing-schema': { treatment: 'statement', one: 'missing schema' },
  'missing-table': { treatment: 'statement', one: 'missing table' },

  // What clients notice.
  'other-place': { treatment: 'moves', one: 'table in another place', many: 'tables in another place' },
  'label-case': {
    treatment: 'moves',
    one: 'enum with labels in another case',
    many: 'enums with labels in another case',
  },
  'narrower-type': { treatment: 'moves', one: 'narrower column' },

  // What people decide.
  'other-type': { treatment: 'decide', one: 'column of another type', many: 'columns of another type' },
  'other-key-type': {
    treatment: 'decide',
    one: 'table whose key has another type',
    many: 'tables whose key has another type',
  },
  'meeting-tables': {
    treatment: 'decide',
    one: 'name for which several tables stand',
    many: 'names for which several tables stand',
  },
  'other-table-kind': { treatment: 'decide', one: 'relation of another kind', many: 'relations of another kind' },
  'label-order': {
    treatment: 'decide',
    one: 'enum with labels in another order',
    many: 'enums with labels in another order',
  },
  'other-generation': {
    treatment: 'decide',
    one: 'column that is generated otherwise',
    many: 'columns that are generated otherwise',
  },
  'other-collation': { treatment: 'decide', one: 'column of another collation', many: 'columns of another collation' },
  'missing-required-column': { treatment: 'decide', one: 'missing required column' },
  'extra-required-column': { treatment: 'decide', one: 'extra required column' },
  'foreign-policy': { treatment: 'decide', one: 'foreign policy', many: 'foreign policies' },
  'row-security': {
    treatment: 'decide',
    one: 'table with other row-level security',
    many: 'tables with other row-level security',
  },
  'foreign-rule': { treatment: 'decide', one: 'foreign rule' },
  'definer-trigger': {
    treatment: 'decide',
    one: 'trigger with rights of its own on a table that station access guards',
    many: 'triggers with rights of their own on tables that station access guards',
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** A kind of deviation, as in `missing-default`. */
export type DeviationKind = keyof typeof deviationKinds;
