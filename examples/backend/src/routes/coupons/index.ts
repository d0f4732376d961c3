import {
  QuoteCouponInput,
  quoteCoupon,
  RedeemCouponInput,
  redeemCoupon,
} from 'canonical-models/feedback_marketing/coupons';
import { CouponRedemptionSelect } from 'canonical-models/feedback_marketing/json';
import { z } from 'zod';
import { stationRoute } from '../../route.ts';

export default [
  stationRoute({
    method: 'post',
    path: '/api/coupons/quote',
    summary: 'What a coupon would take off: reserves nothing',
    body: QuoteCouponInput,
    answer: z.object({
      couponId: z.guid(),
      code: z.string(),
      amountBefore: z.int(),
      amountOff: z.int(),
      amountDue: z.int(),
      percentageOff: z.number(),
      validUntil: z.iso.datetime(),
      isReserved: z.literal(false),
    }),
    refuses: [404, 409],
    handle: ({ tx, body }) => quoteCoupon(tx, body),
  }),
  stationRoute({
    method: 'post',
    path: '/api/coupons/redeem',
    summary: 'Use a coupon for a booking; again, it answers the same redemption',
    body: RedeemCouponInput,
    answer: CouponRedemptionSelect,
    status: 201,
    refuses: [404, 409],
    handle: ({ tx, body }) => redeemCoupon(tx, body),
  }),
];
