import { specifiedRules, validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';

/** Errors of one document: enough to mend it, too few to fill an answer. */
const MAXIMUM_ERRORS = 10;

/** Validation whose messages hold the caller's own words and names of this schema, and suggest nothing. */
export function validateOperation(schema: GraphQLSchema, document: DocumentNode): readonly GraphQLError[] {
  return validate(schema, document, specifiedRules, { maxErrors: MAXIMUM_ERRORS, hideSuggestions: true });
}
