export * from './ai-conversation.ts';
export * from './ai-message.ts';
export * from './call-recording.ts';
export * from './email-message.ts';
export * from './email-thread.ts';
export * from './escalation.ts';
