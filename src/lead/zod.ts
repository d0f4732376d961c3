import {
  type InsertSchema,
  insertSchema,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { BusinessSocialAccount } from './business-social-account.ts';
import { CustomerSocialIdentity } from './customer-social-identity.ts';
import { Lead } from './lead.ts';
import { LeadContact } from './lead-contact.ts';
import { LeadContext } from './lead-context.ts';
import { LeadEvent } from './lead-event.ts';
import { LeadSocialThread } from './lead-social-thread.ts';

// `LeadInsert.parse(body)` is what `db.insert(Lead).values(…)` takes, `LeadUpdate.parse(body)` what
// `db.update(Lead).set(…)` takes, and `LeadSelect.parse(row)` is a row as it is read.

export const BusinessSocialAccountSelect: SelectSchema<typeof BusinessSocialAccount> =
  selectSchema(BusinessSocialAccount);
export const BusinessSocialAccountInsert: InsertSchema<typeof BusinessSocialAccount> =
  insertSchema(BusinessSocialAccount);
export const BusinessSocialAccountUpdate: UpdateSchema<typeof BusinessSocialAccount> =
  updateSchema(BusinessSocialAccount);

export const CustomerSocialIdentitySelect: SelectSchema<typeof CustomerSocialIdentity> =
  selectSchema(CustomerSocialIdentity);
export const CustomerSocialIdentityInsert: InsertSchema<typeof CustomerSocialIdentity> =
  insertSchema(CustomerSocialIdentity);
export const CustomerSocialIdentityUpdate: UpdateSchema<typeof CustomerSocialIdentity> =
  updateSchema(CustomerSocialIdentity);

export const LeadSelect: SelectSchema<typeof Lead> = selectSchema(Lead);
export const LeadInsert: InsertSchema<typeof Lead> = insertSchema(Lead);
export const LeadUpdate: UpdateSchema<typeof Lead> = updateSchema(Lead);

export const LeadContactSelect: SelectSchema<typeof LeadContact> = selectSchema(LeadContact);
export const LeadContactInsert: InsertSchema<typeof LeadContact> = insertSchema(LeadContact);
export const LeadContactUpdate: UpdateSchema<typeof LeadContact> = updateSchema(LeadContact);

export const LeadContextSelect: SelectSchema<typeof LeadContext> = selectSchema(LeadContext);
export const LeadContextInsert: InsertSchema<typeof LeadContext> = insertSchema(LeadContext);
export const LeadContextUpdate: UpdateSchema<typeof LeadContext> = updateSchema(LeadContext);

export const LeadEventSelect: SelectSchema<typeof LeadEvent> = selectSchema(LeadEvent);
export const LeadEventInsert: InsertSchema<typeof LeadEvent> = insertSchema(LeadEvent);
export const LeadEventUpdate: UpdateSchema<typeof LeadEvent> = updateSchema(LeadEvent);

export const LeadSocialThreadSelect: SelectSchema<typeof LeadSocialThread> = selectSchema(LeadSocialThread);
export const LeadSocialThreadInsert: InsertSchema<typeof LeadSocialThread> = insertSchema(LeadSocialThread);
export const LeadSocialThreadUpdate: UpdateSchema<typeof LeadSocialThread> = updateSchema(LeadSocialThread);
