// Generated from src/newsletter/zod.ts by `npm run db:generate`. Do not edit.

import { jsonForm } from '../../json-form.ts';
import {
  Campaign,
  CampaignEvent,
  CampaignSMSLimit,
  SMSDeliveryEvent,
  SMSSendQueue,
  SMSTemplate,
  Subscriber,
} from '../../newsletter/index.ts';
import * as schemas from '../../newsletter/zod.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const CampaignSelect: JsonSelectSchema<typeof Campaign> = jsonForm(Campaign, schemas.CampaignSelect);
export const CampaignInsert: JsonInsertSchema<typeof Campaign> = jsonForm(Campaign, schemas.CampaignInsert);
export const CampaignUpdate: JsonUpdateSchema<typeof Campaign> = jsonForm(Campaign, schemas.CampaignUpdate);

export const CampaignEventSelect: JsonSelectSchema<typeof CampaignEvent> = jsonForm(
  CampaignEvent,
  schemas.CampaignEventSelect,
);
export const CampaignEventInsert: JsonInsertSchema<typeof CampaignEvent> = jsonForm(
  CampaignEvent,
  schemas.CampaignEventInsert,
);
export const CampaignEventUpdate: JsonUpdateSchema<typeof CampaignEvent> = jsonForm(
  CampaignEvent,
  schemas.CampaignEventUpdate,
);

export const CampaignSMSLimitSelect: JsonSelectSchema<typeof CampaignSMSLimit> = jsonForm(
  CampaignSMSLimit,
  schemas.CampaignSMSLimitSelect,
);
export const CampaignSMSLimitInsert: JsonInsertSchema<typeof CampaignSMSLimit> = jsonForm(
  CampaignSMSLimit,
  schemas.CampaignSMSLimitInsert,
);
export const CampaignSMSLimitUpdate: JsonUpdateSchema<typeof CampaignSMSLimit> = jsonForm(
  CampaignSMSLimit,
  schemas.CampaignSMSLimitUpdate,
);

export const SMSDeliveryEventSelect: JsonSelectSchema<typeof SMSDeliveryEvent> = jsonForm(
  SMSDeliveryEvent,
  schemas.SMSDeliveryEventSelect,
);
export const SMSDeliveryEventInsert: JsonInsertSchema<typeof SMSDeliveryEvent> = jsonForm(
  SMSDeliveryEvent,
  schemas.SMSDeliveryEventInsert,
);
export const SMSDeliveryEventUpdate: JsonUpdateSchema<typeof SMSDeliveryEvent> = jsonForm(
  SMSDeliveryEvent,
  schemas.SMSDeliveryEventUpdate,
);

export const SMSSendQueueSelect: JsonSelectSchema<typeof SMSSendQueue> = jsonForm(
  SMSSendQueue,
  schemas.SMSSendQueueSelect,
);
export const SMSSendQueueInsert: JsonInsertSchema<typeof SMSSendQueue> = jsonForm(
  SMSSendQueue,
  schemas.SMSSendQueueInsert,
);
export const SMSSendQueueUpdate: JsonUpdateSchema<typeof SMSSendQueue> = jsonForm(
  SMSSendQueue,
  schemas.SMSSendQueueUpdate,
);

export const SMSTemplateSelect: JsonSelectSchema<typeof SMSTemplate> = jsonForm(SMSTemplate, schemas.SMSTemplateSelect);
export const SMSTemplateInsert: JsonInsertSchema<typeof SMSTemplate> = jsonForm(SMSTemplate, schemas.SMSTemplateInsert);
export const SMSTemplateUpdate: JsonUpdateSchema<typeof SMSTemplate> = jsonForm(SMSTemplate, schemas.SMSTemplateUpdate);

export const SubscriberSelect: JsonSelectSchema<typeof Subscriber> = jsonForm(Subscriber, schemas.SubscriberSelect);
export const SubscriberInsert: JsonInsertSchema<typeof Subscriber> = jsonForm(Subscriber, schemas.SubscriberInsert);
export const SubscriberUpdate: JsonUpdateSchema<typeof Subscriber> = jsonForm(Subscriber, schemas.SubscriberUpdate);
