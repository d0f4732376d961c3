import type { z } from 'zod';
import * as core from '../../src/core/zod.ts';
import * as feedbackMarketing from '../../src/feedback_marketing/zod.ts';
import * as coreJson from '../../src/generated/json/core.ts';
import * as feedbackMarketingJson from '../../src/generated/json/feedback_marketing.ts';
import * as identityJson from '../../src/generated/json/identity.ts';
import * as knowledgeBaseJson from '../../src/generated/json/knowledge_base.ts';
import * as leadJson from '../../src/generated/json/lead.ts';
import * as newsletterJson from '../../src/generated/json/newsletter.ts';
import * as supportCommunicationsJson from '../../src/generated/json/support_communications.ts';
import * as identity from '../../src/identity/zod.ts';
import * as knowledgeBase from '../../src/knowledge_base/zod.ts';
import * as lead from '../../src/lead/zod.ts';
import * as newsletter from '../../src/newsletter/zod.ts';
import { type Model, models } from '../../src/registry/models.ts';
import * as supportCommunications from '../../src/support_communications/zod.ts';

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

/** What each domain's `json.ts` exports, by the domain's name. */
export const jsonFaces: typeof schemaFaces = {
  core: coreJson,
  feedback_marketing: feedbackMarketingJson,
  identity: identityJson,
  knowledge_base: knowledgeBaseJson,
  lead: leadJson,
  newsletter: newsletterJson,
  support_communications: supportCommunicationsJson,
};

/** The schemas of a table. */
interface Kinds {
  readonly select: z.ZodObject;
  readonly insert: z.ZodObject;
  readonly update: z.ZodObject;
}

/** A table of the models with its schemas. */
export interface Schemas extends Model, Kinds {
  /** The same in JSON form. */
  readonly json: Kinds;
}

/** Every table of the models with its schemas. */
export const allSchemas: readonly Schemas[] = models().map((model) => {
  const kinds = (faces: typeof schemaFaces): Kinds => {
    const schema = (kind: string) => faces[model.domain][model.entity + kind] as z.ZodObject;
    return { select: schema('Select'), insert: schema('Insert'), update: schema('Update') };
  };
  return { ...model, ...kinds(schemaFaces), json: kinds(jsonFaces) };
});
