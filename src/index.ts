export * from './core/index.ts';
export * from './feedback_marketing/index.ts';
export * from './identity/index.ts';
export * from './knowledge_base/index.ts';
export * from './lead/index.ts';
export * from './newsletter/index.ts';
export * from './support_communications/index.ts';
