export * from './pricing-tier.ts';
