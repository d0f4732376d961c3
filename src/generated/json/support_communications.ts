// Generated from src/support_communications/zod.ts by `npm run db:generate`. Do not edit.

import { jsonForm } from '../../json-form.ts';
import {
  AIConversation,
  AIMessage,
  CallRecording,
  EmailMessage,
  EmailThread,
  Escalation,
} from '../../support_communications/index.ts';
import * as schemas from '../../support_communications/zod.ts';
import type { JsonInsertSchema, JsonSelectSchema, JsonUpdateSchema } from '../../validation.ts';

export const AIConversationSelect: JsonSelectSchema<typeof AIConversation> = jsonForm(
  AIConversation,
  schemas.AIConversationSelect,
);
export const AIConversationInsert: JsonInsertSchema<typeof AIConversation> = jsonForm(
  AIConversation,
  schemas.AIConversationInsert,
);
export const AIConversationUpdate: JsonUpdateSchema<typeof AIConversation> = jsonForm(
  AIConversation,
  schemas.AIConversationUpdate,
);

export const AIMessageSelect: JsonSelectSchema<typeof AIMessage> = jsonForm(AIMessage, schemas.AIMessageSelect);
export const AIMessageInsert: JsonInsertSchema<typeof AIMessage> = jsonForm(AIMessage, schemas.AIMessageInsert);
export const AIMessageUpdate: JsonUpdateSchema<typeof AIMessage> = jsonForm(AIMessage, schemas.AIMessageUpdate);

export const CallRecordingSelect: JsonSelectSchema<typeof CallRecording> = jsonForm(
  CallRecording,
  schemas.CallRecordingSelect,
);
export const CallRecordingInsert: JsonInsertSchema<typeof CallRecording> = jsonForm(
  CallRecording,
  schemas.CallRecordingInsert,
);
export const CallRecordingUpdate: JsonUpdateSchema<typeof CallRecording> = jsonForm(
  CallRecording,
  schemas.CallRecordingUpdate,
);

export const EmailMessageSelect: JsonSelectSchema<typeof EmailMessage> = jsonForm(
  EmailMessage,
  schemas.EmailMessageSelect,
);
export const EmailMessageInsert: JsonInsertSchema<typeof EmailMessage> = jsonForm(
  EmailMessage,
  schemas.EmailMessageInsert,
);
export const EmailMessageUpdate: JsonUpdateSchema<typeof EmailMessage> = jsonForm(
  EmailMessage,
  schemas.EmailMessageUpdate,
);

export const EmailThreadSelect: JsonSelectSchema<typeof EmailThread> = jsonForm(EmailThread, schemas.EmailThreadSelect);
export const EmailThreadInsert: JsonInsertSchema<typeof EmailThread> = jsonForm(EmailThread, schemas.EmailThreadInsert);
export const EmailThreadUpdate: JsonUpdateSchema<typeof EmailThread> = jsonForm(EmailThread, schemas.EmailThreadUpdate);

export const EscalationSelect: JsonSelectSchema<typeof Escalation> = jsonForm(Escalation, schemas.EscalationSelect);
export const EscalationInsert: JsonInsertSchema<typeof Escalation> = jsonForm(Escalation, schemas.EscalationInsert);
export const EscalationUpdate: JsonUpdateSchema<typeof Escalation> = jsonForm(Escalation, schemas.EscalationUpdate);
