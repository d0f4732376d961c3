import type { z } from 'zod';
import * as coreJson from '../../src/core/json.ts';
import * as core from '../../src/core/zod.ts';
import * as feedbackMarketingJson from '../../src/feedback_marketing/json.ts';
import * as feedbackMarketing from '../../src/feedback_marketing/zod.ts';
import * as identityJson from '../../src/identity/json.ts';
import * as identity from '../../src/identity/zod.ts';
import * as knowledgeBaseJson from '../../src/knowledge_base/json.ts';
import * as knowledgeBase from '../../src/knowledge_base/zod.ts';
import * as leadJson from '../../src/lead/json.ts';
import * as lead from '../../src/lead/zod.ts';
import * as newsletterJson from '../../src/newsletter/json.ts';
import * as newsletter from '../../src/newsletter/zod.ts';
import { type Model, models } from '../../src/registry/models.ts';
import * as supportCommunicationsJson from '../../src/support_communications/json.ts';
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
