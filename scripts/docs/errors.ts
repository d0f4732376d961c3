import { readFileSync } from 'node:fs';
import type {
  ConflictCode,
  InvalidInputCode,
  LimitReachedCode,
  NotAuthenticatedCode,
  NotFoundCode,
  NotPermittedCode,
  NotSetUpCode,
} from '../../src/errors.ts';
import type { HandleMisuseCode } from '../../src/identity/access/errors.ts';
import { generatedFrom, page, tableLines } from './markdown.ts';

/** The meanings, each with the status that a route answers and what to do about each of its codes. */
const meanings: {
  readonly [Name in keyof Codes]: { readonly status: number; readonly next: Readonly<Record<Codes[Name], string>> };
} = {
  InvalidInput: {
    status: 400,
    next: {
      'invalid-input': 'Give a value of the form that `expected` shows.',
      'in-transaction': 'Call `recordDenial` after the rollback, with the connection or the pool.',
      'lifetime-out-of-range': 'Ask for a lifetime within the bounds, or configure a higher `longestLifetime`.',
      'not-text': 'Remove what PostgreSQL does not store, such as NUL, before the value is written.',
      'other-station': 'Give the anchor that a verification of this station returned.',
      'wrong-usage': 'See the [help of the command](commands.md).',
      'missing-url': 'Give `--url`, or set `DATABASE_URL`: `postgres://…` or `pglite:<folder>`.',
      'google-refused': 'Correct the ids of the account and the location, or the text of the reply.',
    },
  },
  NotAuthenticated: { status: 401, next: { 'not-authenticated': 'Log in.' } },
  NotPermitted: {
    status: 403,
    next: {
      'not-permitted': 'Ask somebody who may.',
      'user-not-active': 'Set the user to `active`, if that is right.',
      'not-assigned': 'Assign the user to the station, or correct the id of the station.',
      'assignment-not-active': 'Activate the assignment, if that is right.',
      'assignment-expired': 'Extend the assignment, if that is right.',
      'station-suspended': 'Wait until the station is active again.',
      'proof-required':
        'Enter with a station token, or let an administrator [allow entry by `userId`](../guides/station-access.md#by-token-or-by-user).',
      'row-refused': 'Write rows of the station alone, and those that [the role may write](scopes.md).',
      'holder-without-access': 'Assign the holder to the station first.',
      'issuer-without-access': 'Let somebody issue the token who reaches the station.',
      'may-not-issue-for-others': 'Let a user with `station.manage_users` issue it.',
      'holder-outranks-issuer':
        'Let the holder ask for the token, or a user whose role is not below that of the holder.',
      'role-too-high': 'Ask for a role that holder and issuer both have.',
      'permission-missing': 'Ask only for [permissions](permissions.md) that holder and issuer both have.',
      'not-admin-staff': 'Link OAuth accounts of admin staff alone.',
      'email-not-verified': 'Have the provider verify the address, then log in again.',
      'email-differs': "Log in with the account of the user's own address, or change the address of the user.",
    },
  },
  NotFound: {
    status: 404,
    next: {
      'not-found': 'Correct what `object` names.',
      'user-not-found': 'Correct the id of the user.',
      'station-not-found': 'Correct the id of the station.',
      'not-linked': 'List the accounts of the user, and name one of them.',
      'google-not-found': 'Correct the ids, or take the review for deleted.',
    },
  },
  Conflict: {
    status: 409,
    next: {
      conflict: 'Read `found` and `next`: remove what is in the way, or wait for it.',
      'linked-elsewhere': 'Unlink the account from the other user first.',
      'last-way-to-log-in': 'Give the user another way to log in first.',
      'coupon-revoked': 'Tell the customer that the coupon is no longer good.',
      'coupon-used-up': 'Tell the customer. If it was used by mistake, reverse that redemption.',
      'coupon-expired': 'Tell the customer until when it was good.',
      'coupon-not-yet-valid': 'Redeem it when its time has come.',
      'coupon-of-another-customer': 'Redeem it for a booking of the customer that it is for.',
      'coupon-minimum-not-reached': 'Redeem it for a booking that costs at least the minimum.',
      'booking-has-coupon': 'Reverse the redemption of the booking first.',
      'complaint-without-booking': 'Answer the complaint in another way.',
      'not-a-complaint': 'Answer the review in another way.',
      'booking-was-compensated': 'Answer the complaint in another way.',
      'customer-has-coupon': 'Answer the complaint in another way, or once the customer has used that coupon.',
    },
  },
  LimitReached: {
    status: 429,
    next: { 'limit-reached': 'Try again later.', 'google-quota-reached': 'Try again when `next` says.' },
  },
  NotSetUp: {
    status: 500,
    next: {
      'not-set-up': 'Do what `next` says: it names the migration, the grant, the package or the server.',
      'no-keys':
        'Call [`setEncryptionKeys`](../guides/tokens-and-audit.md#oauth-accounts-of-admin-staff) when the process starts.',
      'keys-invalid': 'Give keys of 32 bytes, in base64, each with an id, and the id of the current one.',
      'unknown-key': 'Give the key that wrote the value beside the current one.',
      malformed: 'Restore the value from a backup, or have the user link the account again.',
      'not-authentic':
        'Check the key of that id. If it is right, the value was changed: have the user link the account again.',
      'rows-hidden': 'Connect as a role that row-level security does not restrict.',
      'no-connection': 'Correct host, port, user and password, or start the server.',
      'missing-peer': 'Install the package in the version that `next` names.',
      'google-unavailable': 'Try again when `next` says, or correct what stands between the process and Google.',
      'google-token-refused': 'Authorize the Google account again.',
      'google-access-denied': 'Apply for access to the API, and make the account a manager of the location.',
    },
  },
};

/** What to do about the codes of a handle of `withStation`, which have none of the meanings. */
const misuses: Readonly<Record<HandleMisuseCode, string>> = {
  'context-closed': 'Await the query in the callback, and keep no handle beyond it.',
  'context-not-live': 'Use the handle that the inner callback receives, or await the inner call first.',
  'context-busy': 'Pass the handle that the callback receives, in place of the one outside of it.',
  'transaction-control':
    'Return from the callback to commit, throw to roll back, or call `tx.transaction` for a savepoint.',
  copy: 'Use `SELECT` and `INSERT`, or `COPY` on a connection of your own as a role outside of the groups.',
};

interface Codes {
  readonly InvalidInput: InvalidInputCode;
  readonly NotAuthenticated: NotAuthenticatedCode;
  readonly NotPermitted: NotPermittedCode;
  readonly NotFound: NotFoundCode;
  readonly Conflict: ConflictCode;
  readonly LimitReached: LimitReachedCode;
  readonly NotSetUp: NotSetUpCode;
}

/** Where the codes are declared, then where the subclasses of the meanings are. */
const declarations = [
  'src/errors.ts',
  'src/identity/access/errors.ts',
  'src/identity/tokens/errors.ts',
  'src/tools/migrate/migrate.ts',
  'src/tools/revert/revert.ts',
] as const;

/** `docs/reference/errors.md`: each code with its cause, as the declarations say it, and the next step. */
export function errorsDocument(root: string): string {
  const sources = declarations.map((file) => readFileSync(`${root}/${file}`, 'utf8'));
  const causes = causesOf(sources.slice(0, 2).join('\n'));
  return page(
    generatedFrom('src/errors.ts'),
    '# Errors',
    'Each error has these fields: `code`, what it is about (`object`), what was `found`, what was `expected`, and what to do `next`, with the names of the case. A `code` belongs to one meaning, and a meaning is a class of `canonical-models/errors`. [Answer errors](../guides/handle-errors.md) has the code that answers all of them.',
    ...Object.entries(meanings).flatMap(([name, { status, next }]) => {
      const subclasses = subclassesOf(name, sources.join('\n'));
      return [
        `## ${name}`,
        `Answer with ${status}.${subclasses.length > 0 ? ` Subclasses: ${subclasses.map((one) => `\`${one}\``).join(', ')}.` : ''}`,
        tableLines(
          ['code', 'cause', 'next step'],
          Object.entries(next).map(([code, step]) => [`\`${code}\``, causeOf(causes, code), step]),
        ).join('\n'),
      ];
    }),
    '## Of a handle of withStation',
    `A defect of the service, which has none of the meanings: answer with 500. Classes: ${subclassesOf(
      'HandleMisused',
      sources.join('\n'),
    )
      .map((one) => `\`${one}\``)
      .join(', ')}. [What the handle does](../guides/station-access.md#what-the-handle-of-a-callback-does).`,
    tableLines(
      ['code', 'cause', 'next step'],
      Object.entries(misuses).map(([code, step]) => [`\`${code}\``, causeOf(causes, code), step]),
    ).join('\n'),
    '## Of a run of several steps',
    `${subclassesOf('RunFailure', sources.join('\n'))
      .map((one) => `\`${one}\``)
      .join(
        ' and ',
      )} have the \`report\` of what was done before. Their \`cause\` is the error that stopped the run, and \`code\`, \`object\`, \`found\`, \`expected\` and \`next\` are those of the cause.`,
    '## Of a command alone',
    'What `--json` prints of a command that failed has one of the codes above, or one of these:',
    tableLines(
      ['code', 'cause', 'next step'],
      [
        ['`interrupted`', 'SIGINT or SIGTERM ended the run.', 'Run the command again: it goes on from there.'],
        [
          '`unexpected`',
          'A defect, or an error of the server that nobody foresaw.',
          'Report it, with what standard error shows.',
        ],
      ],
    ).join('\n'),
  );
}

function causeOf(causes: ReadonlyMap<string, string>, code: string): string {
  const cause = causes.get(code);
  if (!cause) throw new Error(`src/errors.ts: found no cause of ${code} above its type; expected a line of its own`);
  return cause;
}

/** The cause of each code: what the list above the type of a meaning's codes says. */
function causesOf(source: string): Map<string, string> {
  const causes = new Map<string, string>();
  for (const [, comment = ''] of source.matchAll(/\/\*\*([^/]*)\*\/\nexport type \w+Code =/g)) {
    const items = comment
      .replaceAll(/^ \* ?/gm, '')
      .split(/^- /m)
      .slice(1);
    for (const item of items) {
      const [, codes = '', cause = ''] = /^((?:`[a-z-]+`(?:, )?)+): ([\s\S]*)$/.exec(item) ?? [];
      const sentence = cause.trim().replaceAll(/\s+/g, ' ');
      for (const [, code = ''] of codes.matchAll(/`([a-z-]+)`/g)) {
        causes.set(code, sentence.charAt(0).toUpperCase() + sentence.slice(1));
      }
    }
  }
  return causes;
}

/** The classes that extend one, those that extend its abstract subclasses among them. */
function subclassesOf(name: string, sources: string): string[] {
  return [...sources.matchAll(/(abstract )?class (\w+)(?:<.*?>)? extends (\w+)/g)].flatMap(
    ([, isAbstract, subclass = '', parent]) => {
      if (parent !== name) return [];
      return isAbstract ? subclassesOf(subclass, sources) : [subclass];
    },
  );
}
