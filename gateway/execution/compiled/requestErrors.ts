import type { GraphQLError } from 'graphql';

/** The caller's operation or its variables are wrong: nothing is executed (GraphQL specification 7.1.2, request errors). */
export class RequestErrors extends Error {
  constructor(
    readonly stage: 'parse' | 'validate' | 'variables',
    readonly errors: readonly GraphQLError[],
  ) {
    super(errors.map(({ message }) => message).join('\n'));
    this.name = 'RequestErrors';
  }
}
