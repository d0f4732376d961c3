export * from './business-social-account.ts';
export * from './customer-social-identity.ts';
export * from './lead.ts';
export * from './lead-contact.ts';
export * from './lead-context.ts';
export * from './lead-event.ts';
export * from './lead-social-thread.ts';
