export * from './campaign.ts';
export * from './campaign-event.ts';
export * from './campaign-sms-limit.ts';
export * from './sms-delivery-event.ts';
export * from './sms-send-queue.ts';
export * from './sms-template.ts';
export * from './subscriber.ts';
