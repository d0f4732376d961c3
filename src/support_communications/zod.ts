import {
  emailAddress,
  type InsertSchema,
  insertSchema,
  type Rules,
  type SelectSchema,
  selectSchema,
  type UpdateSchema,
  updateSchema,
} from '../validation.ts';
import { AIConversation } from './ai-conversation.ts';
import { AIMessage } from './ai-message.ts';
import { CallRecording } from './call-recording.ts';
import { EmailMessage } from './email-message.ts';
import { EmailThread } from './email-thread.ts';
import { Escalation } from './escalation.ts';

// `EscalationInsert.parse(body)` is what `db.insert(Escalation).values(…)` takes, `EscalationUpdate.parse(body)` what
// `db.update(Escalation).set(…)` takes, and `EscalationSelect.parse(row)` is a row as it is read.

export const AIConversationSelect: SelectSchema<typeof AIConversation> = selectSchema(AIConversation);
export const AIConversationInsert: InsertSchema<typeof AIConversation> = insertSchema(AIConversation);
export const AIConversationUpdate: UpdateSchema<typeof AIConversation> = updateSchema(AIConversation);

const aiMessageRules = { toolCalls: 'any' } satisfies Rules<typeof AIMessage>;
export const AIMessageSelect: SelectSchema<typeof AIMessage> = selectSchema(AIMessage, aiMessageRules);
export const AIMessageInsert: InsertSchema<typeof AIMessage> = insertSchema(AIMessage, aiMessageRules);
export const AIMessageUpdate: UpdateSchema<typeof AIMessage> = updateSchema(AIMessage, aiMessageRules);

export const CallRecordingSelect: SelectSchema<typeof CallRecording> = selectSchema(CallRecording);
export const CallRecordingInsert: InsertSchema<typeof CallRecording> = insertSchema(CallRecording);
export const CallRecordingUpdate: UpdateSchema<typeof CallRecording> = updateSchema(CallRecording);

const emailThreadRules = { participants: 'array', labels: 'array' } satisfies Rules<typeof EmailThread>;
export const EmailThreadSelect: SelectSchema<typeof EmailThread> = selectSchema(EmailThread, emailThreadRules);
export const EmailThreadInsert: InsertSchema<typeof EmailThread> = insertSchema(EmailThread, emailThreadRules);
export const EmailThreadUpdate: UpdateSchema<typeof EmailThread> = updateSchema(EmailThread, emailThreadRules);

const emailMessageRules = {
  toAddresses: 'array',
  ccAddresses: 'array',
  bccAddresses: 'array',
  attachments: 'array',
  labels: 'array',
} satisfies Rules<typeof EmailMessage>;
export const EmailMessageSelect: SelectSchema<typeof EmailMessage> = selectSchema(EmailMessage, emailMessageRules);
export const EmailMessageInsert: InsertSchema<typeof EmailMessage> = insertSchema(EmailMessage, emailMessageRules);
export const EmailMessageUpdate: UpdateSchema<typeof EmailMessage> = updateSchema(EmailMessage, emailMessageRules);

const escalationRules = { customerEmail: emailAddress } satisfies Rules<typeof Escalation>;
export const EscalationSelect: SelectSchema<typeof Escalation> = selectSchema(Escalation, escalationRules);
export const EscalationInsert: InsertSchema<typeof Escalation> = insertSchema(Escalation, escalationRules);
export const EscalationUpdate: UpdateSchema<typeof Escalation> = updateSchema(Escalation, escalationRules);
