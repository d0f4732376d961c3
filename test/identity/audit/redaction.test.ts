import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/columns.ts';
import { type AuditEvent, redactDetails } from '../../../src/identity/audit/index.ts';
import { auditLogOf } from '../../../src/identity/audit/record.ts';
import { newToken } from '../../../src/identity/tokens/token.ts';

const jsonWebToken = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl-_0';

test('a token is nowhere in the row, wherever it is in the event', () => {
  const token = newToken();
  const text = fc
    .tuple(fc.string(), fc.constantFrom(token, token, jsonWebToken, `Bearer ${token}`, ''), fc.string())
    .map((parts) => parts.join(' '));
  const details = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      tie('object'),
    ),
    object: fc.dictionary(text, tie('value')),
  })).object as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(details, text, text, (given, userAgent, errorMessage) => {
      const event: AuditEvent = {
        stationId: 's',
        userId: null,
        action: 'access.denied',
        resourceId: token,
        ipAddress: token,
        userAgent,
        errorMessage,
        details: given,
      };
      const row = JSON.stringify(auditLogOf(event));
      expect(row).not.toContain(token.slice(0, 20));
      expect(row).not.toContain(jsonWebToken);
      // As escapes, not as a text of that look, whose backslash is doubled.
      expect(row).not.toMatch(/(?<!\\)(?:\\\\)*\\(?:u0000|ud[89a-f])/i);
    }),
    { numRuns: 500, examples: [[{}, '\\ud8', '\\\\u0000']] },
  );
});

test('values under the name of a secret are redacted, others stay', () => {
  const names = [
    'token',
    'accessToken',
    'refresh_token',
    'password',
    'passwordHash',
    'PASSWD',
    'clientSecret',
    'api_key',
    'apiKey',
    'x-api-key',
    'private key',
    'Authorization',
    'Set-Cookie',
    'credentials',
    'otp',
  ];
  for (const name of names) {
    for (const value of ['abc', 12345, ['abc'], { deep: 'abc' }]) {
      expect(redactDetails({ outer: [{ [name]: value }] }), name).toEqual({
        outer: [{ [name]: '[redacted]' }],
      });
    }
  }
  const kept = {
    bookingId: 'b-1',
    from: 'admin',
    to: ['station_admin', 3, null, true],
    tokenRevoked: true,
    note: 'Basic catering, 20 guests',
  };
  expect(redactDetails(kept)).toEqual(kept);
  const written = redactDetails({ booking: { toJSON: () => ({ password: 'hunter2' }) } as unknown as JsonObject });
  expect(JSON.stringify(written)).toBe('{"booking":{"toJSON":"[redacted]"}}');
  expect(redactDetails({ url: 'postgres://app:hunter2@db.example/catering' })).toEqual({
    url: 'postgres://app:[redacted]@db.example/catering',
  });
});

test('a resource name that is too long is refused, an address that is too long is cut', () => {
  const event = { stationId: 's', userId: null, action: 'station.switched' } as const;
  expect(() => auditLogOf({ ...event, resourceType: 'x'.repeat(51) })).toThrow(
    /resourceType of an audit event: found 51 characters; expected at most 50/,
  );
  expect(auditLogOf({ ...event, ipAddress: 'x'.repeat(99) }).ipAddress).toHaveLength(45);
});
