export * from './booking.ts';
export * from './chef.ts';
export * from './customer.ts';
export * from './message.ts';
export * from './message-thread.ts';
