import { print, type DocumentNode, type GraphQLFormattedError } from 'graphql';
import { isRefusalCode, REFUSALS } from '../../enclave/refusals.js';
import type { Contract } from './contract.js';
import { namesWrittenIn, wordsIn } from './redact.js';

/** An executor as far as its answers are looked at: the compiled executor is one, guarded or not. */
export interface AnsweringExecutor<Prepared extends { readonly document: DocumentNode }, Request, Answer> {
  readonly schema: unknown;
  prepare(...given: never[]): Prepared;
  execute(prepared: Prepared, request: Request): Promise<Answer>;
}

interface RequestWithVariables {
  readonly variables: Readonly<Record<string, unknown>>;
}

interface AnswerWithErrors {
  readonly text: string;
  readonly hasErrors: boolean;
  readonly errors: readonly GraphQLFormattedError[];
}

/**
 * The last thing that stands between an answer and its caller: error messages that name what the contract lacks, which only what
 * subgraphs and parties say can do, give way to the meaning of their code. What the caller wrote in the request may be repeated: were it
 * left out, callers could try names and learn which of them there are.
 */
export function keepToContract<
  Prepared extends { readonly document: DocumentNode },
  Request extends RequestWithVariables,
  Answer extends AnswerWithErrors,
  Executor extends AnsweringExecutor<Prepared, Request, Answer>,
>(executor: Executor & AnsweringExecutor<Prepared, Request, Answer>, contract: Contract): Executor {
  if (contract.namesBeyond.size === 0) return executor;
  return {
    ...executor,
    async execute(prepared: Prepared, request: Request): Promise<Answer> {
      const answer = await executor.execute(prepared, request);
      if (!answer.hasErrors) return answer;
      const asked = new Set(wordsIn(`${print(prepared.document)} ${JSON.stringify(request.variables)}`));
      const isBeyond = (text: string) =>
        namesWrittenIn(text).some((name) => contract.namesBeyond.has(name) && !asked.has(name));
      const errors = answer.errors.map((error) => cleaned(error, isBeyond));
      if (errors.every((error, index) => error === answer.errors[index])) return answer;
      return { ...answer, errors, text: withErrors(answer, errors) };
    },
  };
}

function cleaned(error: GraphQLFormattedError, isBeyond: (text: string) => boolean): GraphQLFormattedError {
  const { message, extensions = {}, ...rest } = error;
  const { code, kind } = extensions;
  const tells = isBeyond(message);
  const extensionsTell = textsIn(extensions).some(isBeyond);
  if (!tells && !extensionsTell) return error;
  const known = isRefusalCode(code) ? code : 'UPSTREAM_FAILED';
  return {
    ...rest,
    message: tells ? REFUSALS[known].meaning : message,
    extensions: extensionsTell ? { code: known, kind: REFUSALS[known].kind } : { ...extensions, code, kind },
  };
}

/** The data stays as it was written: numbers read and written again may be other numbers. */
function withErrors({ text, errors: before }: AnswerWithErrors, errors: readonly GraphQLFormattedError[]): string {
  const written = `{"errors":${JSON.stringify(before)}`;
  if (text.startsWith(written)) return `{"errors":${JSON.stringify(errors)}${text.slice(written.length)}`;
  return JSON.stringify({ ...(JSON.parse(text) as Record<string, unknown>), errors });
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
