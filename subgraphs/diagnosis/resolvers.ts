import { type Caller, requireScope } from '../../runtime/caller.js';
import type { Diagnosis } from './diagnosis.js';
import type { ModelCard } from './inference/modelCard.js';

/** What the resolvers of one request share. */
export interface DiagnosisContext {
  readonly caller: Caller;
  readonly diagnosis: Diagnosis;
}

/** What the gateway sends of a study: its identifier, and what `@requires` asks for. */
interface ImagingStudyReference {
  readonly id: string;
  readonly imageReference?: unknown;
}

async function modelNamed(id: string, { diagnosis }: DiagnosisContext): Promise<ModelCard | null> {
  const models = await diagnosis.models();
  return models.find((model) => model.id === id) ?? null;
}

/** Thin: each checks the caller's scopes where the schema asks for some, then asks the domain. */
export const resolvers = {
  Query: {
    diagnosisModels: (_: unknown, __: unknown, { diagnosis }: DiagnosisContext) => diagnosis.models(),
    diagnosisModel: (_: unknown, { id }: { id: string }, context: DiagnosisContext) => modelNamed(id, context),
  },
  DiagnosisModel: {
    __resolveReference: ({ id }: { id: string }, context: DiagnosisContext) => modelNamed(id, context),
    outOfDistributionThreshold: ({ oodThreshold }: ModelCard) => oodThreshold,
  },
  ImagingStudy: {
    __resolveReference: (study: ImagingStudyReference) => study,
    interpretation: (
      { imageReference }: ImagingStudyReference,
      { model }: { model?: string | null },
      { caller, diagnosis }: DiagnosisContext,
    ) => {
      requireScope(caller, 'system/Interpretation.read');
      return diagnosis.interpret(imageReference, model ?? undefined);
    },
  },
};
