// Generated from src/lead/zod.ts by `npm run db:generate`. Do not edit.

import { jsonForm } from '../../json-form.ts';
import {
  BusinessSocialAccount,
  CustomerSocialIdentity,
  Lead,
  LeadContact,
  LeadContext,
  LeadEvent,
  LeadSocialThread,
} from '../../lead/index.ts';
import * as schemas from '../../lead/zod.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const BusinessSocialAccountSelect: JsonSelectSchema<typeof BusinessSocialAccount> = jsonForm(
  BusinessSocialAccount,
  schemas.BusinessSocialAccountSelect,
);
export const BusinessSocialAccountInsert: JsonInsertSchema<typeof BusinessSocialAccount> = jsonForm(
  BusinessSocialAccount,
  schemas.BusinessSocialAccountInsert,
);
export const BusinessSocialAccountUpdate: JsonUpdateSchema<typeof BusinessSocialAccount> = jsonForm(
  BusinessSocialAccount,
  schemas.BusinessSocialAccountUpdate,
);

export const CustomerSocialIdentitySelect: JsonSelectSchema<typeof CustomerSocialIdentity> = jsonForm(
  CustomerSocialIdentity,
  schemas.CustomerSocialIdentitySelect,
);
export const CustomerSocialIdentityInsert: JsonInsertSchema<typeof CustomerSocialIdentity> = jsonForm(
  CustomerSocialIdentity,
  schemas.CustomerSocialIdentityInsert,
);
export const CustomerSocialIdentityUpdate: JsonUpdateSchema<typeof CustomerSocialIdentity> = jsonForm(
  CustomerSocialIdentity,
  schemas.CustomerSocialIdentityUpdate,
);

export const LeadSelect: JsonSelectSchema<typeof Lead> = jsonForm(Lead, schemas.LeadSelect);
export const LeadInsert: JsonInsertSchema<typeof Lead> = jsonForm(Lead, schemas.LeadInsert);
export const LeadUpdate: JsonUpdateSchema<typeof Lead> = jsonForm(Lead, schemas.LeadUpdate);

export const LeadContactSelect: JsonSelectSchema<typeof LeadContact> = jsonForm(LeadContact, schemas.LeadContactSelect);
export const LeadContactInsert: JsonInsertSchema<typeof LeadContact> = jsonForm(LeadContact, schemas.LeadContactInsert);
export const LeadContactUpdate: JsonUpdateSchema<typeof LeadContact> = jsonForm(LeadContact, schemas.LeadContactUpdate);

export const LeadContextSelect: JsonSelectSchema<typeof LeadContext> = jsonForm(LeadContext, schemas.LeadContextSelect);
export const LeadContextInsert: JsonInsertSchema<typeof LeadContext> = jsonForm(LeadContext, schemas.LeadContextInsert);
export const LeadContextUpdate: JsonUpdateSchema<typeof LeadContext> = jsonForm(LeadContext, schemas.LeadContextUpdate);

export const LeadEventSelect: JsonSelectSchema<typeof LeadEvent> = jsonForm(LeadEvent, schemas.LeadEventSelect);
export const LeadEventInsert: JsonInsertSchema<typeof LeadEvent> = jsonForm(LeadEvent, schemas.LeadEventInsert);
export const LeadEventUpdate: JsonUpdateSchema<typeof LeadEvent> = jsonForm(LeadEvent, schemas.LeadEventUpdate);

export const LeadSocialThreadSelect: JsonSelectSchema<typeof LeadSocialThread> = jsonForm(
  LeadSocialThread,
  schemas.LeadSocialThreadSelect,
);
export const LeadSocialThreadInsert: JsonInsertSchema<typeof LeadSocialThread> = jsonForm(
  LeadSocialThread,
  schemas.LeadSocialThreadInsert,
);
export const LeadSocialThreadUpdate: JsonUpdateSchema<typeof LeadSocialThread> = jsonForm(
  LeadSocialThread,
  schemas.LeadSocialThreadUpdate,
);
