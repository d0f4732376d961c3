import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeAlphabet, newCouponCode } from '../../../src/feedback_marketing/coupons/codes.ts';
import { calculateDiscount } from '../../../src/feedback_marketing/coupons/index.ts';
import { propertyOptions } from '../../support/random.ts';
