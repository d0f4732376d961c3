import type { z } from 'zod';
import * as core from '../../src/core/zod.ts';
import * as feedbackMarketing from '../../src/feedback_marketing/zod.ts';
import * as identity from '../../src/identity/zod.ts';
import * as knowledgeBase from '../../src/knowledge_base/zod.ts';
import * as lead from '../../src/lead/zod.ts';
import * as newsletter from '../../src/newsletter/zod.ts';
import * as supportCommunications from '../../src/support_communications/zod.ts';
import { type Model, models } from '../../src/tools/models.ts';

/** What each domain's `zod.ts` exports, by the domain's name. */
export const schemaFaces: Readonly<Record<Model['domain'], Readonly<Record<string, unknown>>>> = {
  core,
  feedback_marketing: feedbackMarketing,
  identity,
  knowledge_base: knowledgeBase,
  lead,
  newsletter,
  support_communications: supportCommunications,
};

/** A table of the models with its schemas. */
export interface Schemas extends Model {
  readonly select: z.ZodObject;
  readonly insert: z.ZodObject;
  readonly update: z.ZodObject;
}

/** Every table of the models with its schemas. */
export const allSchemas: readonly Schemas[] = models().map((model) => {
  const schema = (kind: string) => schemaFaces[model.domain][model.entity + kind] as z.ZodObject;
  return { ...model, select: schema('Select'), insert: schema('Insert'), update: schema('Update') };
});
