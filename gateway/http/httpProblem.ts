import { Refusal, type RefusalCode } from '../../enclave/refusals.js';

/**
 * A request that fails as HTTP, before it is a GraphQL request: its status is the same in every media type. What fails as
 * GraphQL (a wrong document, wrong variables) is a {@link Refusal} or a GraphQLError instead, and its status depends on the
 * media type of the answer.
 */
export class HttpProblem extends Error {
  readonly refusal: Refusal;

  constructor(
    readonly status: number,
    code: RefusalCode,
    message: string,
    /** Of the answer, names in lower case: `allow`, `retry-after`. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'HttpProblem';
    this.refusal = new Refusal(code, message);
  }
}
