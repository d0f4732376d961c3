import {
  type InsertSchema,
  insertSchema,
  type Rules,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { Campaign } from './campaign.ts';
import { CampaignEvent } from './campaign-event.ts';
import { CampaignSMSLimit } from './campaign-sms-limit.ts';
import { SMSDeliveryEvent } from './sms-delivery-event.ts';
import { SMSSendQueue } from './sms-send-queue.ts';
import { SMSTemplate } from './sms-template.ts';
import { Subscriber } from './subscriber.ts';

// `CampaignInsert.parse(body)` is what `db.insert(Campaign).values(…)` takes, `CampaignUpdate.parse(body)` what
// `db.update(Campaign).set(…)` takes, and `CampaignSelect.parse(row)` is a row as it is read.

export const CampaignSelect: SelectSchema<typeof Campaign> = selectSchema(Campaign);
export const CampaignInsert: InsertSchema<typeof Campaign> = insertSchema(Campaign);
export const CampaignUpdate: UpdateSchema<typeof Campaign> = updateSchema(Campaign);

export const CampaignEventSelect: SelectSchema<typeof CampaignEvent> = selectSchema(CampaignEvent);
export const CampaignEventInsert: InsertSchema<typeof CampaignEvent> = insertSchema(CampaignEvent);
export const CampaignEventUpdate: UpdateSchema<typeof CampaignEvent> = updateSchema(CampaignEvent);

export const CampaignSMSLimitSelect: SelectSchema<typeof CampaignSMSLimit> = selectSchema(CampaignSMSLimit);
export const CampaignSMSLimitInsert: InsertSchema<typeof CampaignSMSLimit> = insertSchema(CampaignSMSLimit);
export const CampaignSMSLimitUpdate: UpdateSchema<typeof CampaignSMSLimit> = updateSchema(CampaignSMSLimit);

export const SMSDeliveryEventSelect: SelectSchema<typeof SMSDeliveryEvent> = selectSchema(SMSDeliveryEvent);
export const SMSDeliveryEventInsert: InsertSchema<typeof SMSDeliveryEvent> = insertSchema(SMSDeliveryEvent);
export const SMSDeliveryEventUpdate: UpdateSchema<typeof SMSDeliveryEvent> = updateSchema(SMSDeliveryEvent);

export const SMSSendQueueSelect: SelectSchema<typeof SMSSendQueue> = selectSchema(SMSSendQueue);
export const SMSSendQueueInsert: InsertSchema<typeof SMSSendQueue> = insertSchema(SMSSendQueue);
export const SMSSendQueueUpdate: UpdateSchema<typeof SMSSendQueue> = updateSchema(SMSSendQueue);

const smsTemplateRules = { variables: 'array' } satisfies Rules<typeof SMSTemplate>;
export const SMSTemplateSelect: SelectSchema<typeof SMSTemplate> = selectSchema(SMSTemplate, smsTemplateRules);
export const SMSTemplateInsert: InsertSchema<typeof SMSTemplate> = insertSchema(SMSTemplate, smsTemplateRules);
export const SMSTemplateUpdate: UpdateSchema<typeof SMSTemplate> = updateSchema(SMSTemplate, smsTemplateRules);

export const SubscriberSelect: SelectSchema<typeof Subscriber> = selectSchema(Subscriber);
export const SubscriberInsert: InsertSchema<typeof Subscriber> = insertSchema(Subscriber);
export const SubscriberUpdate: UpdateSchema<typeof Subscriber> = updateSchema(Subscriber);
