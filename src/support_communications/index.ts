export * from './ai-conversation.ts';
export * from './call-recording.ts';
export * from './email.ts';
export * from './escalation.ts';
