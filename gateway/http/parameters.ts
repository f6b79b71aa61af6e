import { HttpProblem } from './httpProblem.js';
import type { HttpRequest } from './httpMessage.js';
import { requireJson } from './mediaTypes.js';
import { requireBoundedInput, type InputLimits } from './inputLimits.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The parameters of one GraphQL request, of the types that they must have (GraphQL over HTTP, "Request parameters"). */
export interface GraphQLParameters {
  readonly query: string | undefined;
  /** Of a document that the server knows already. */
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: JsonObject;
  readonly extensions: JsonObject;
}

const NAMES = ['query', 'documentId', 'operationName', 'variables', 'extensions'] as const;

/**
 * Reads the parameters of a POST body or of a query string. Null counts as absent; parameters of other names are ignored, as
 * the specification wants it.
 *
 * @throws HttpProblem 400 where one is missing, of a wrong type or too large, 415 where the body is of another kind.
 */
export async function readParameters(request: HttpRequest, limits: InputLimits): Promise<GraphQLParameters> {
  const given = request.method === 'GET' ? ofSearch(request.search) : await ofBody(request);
  const parameters = {
    query: text(given, 'query'),
    documentId: text(given, 'documentId'),
    operationName: text(given, 'operationName'),
    variables: object(given, 'variables'),
    extensions: object(given, 'extensions'),
  };
  if (parameters.operationName === '') parameters.operationName = undefined;
  requireBoundedInput(parameters.variables, 'variables', limits);
  requireBoundedInput(parameters.extensions, 'extensions', limits);
  return parameters;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

async function ofBody(request: HttpRequest): Promise<JsonObject> {
  requireJson(request.header('content-type'), request.header('content-encoding'));
  const bytes = await request.body();
  if (bytes.length === 0) throw malformed('The body is empty.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(UTF8.decode(bytes));
  } catch {
    // The cause quotes what was sent, which may be health data.
    throw malformed('The body is not JSON in UTF-8.');
  }
  if (Array.isArray(parsed)) throw malformed('Several operations in one request are not taken: send one request each.');
  if (!isObject(parsed)) throw malformed('The body must be a JSON object.');
  return parsed;
}

function ofSearch(search: string): JsonObject {
  const given = new URLSearchParams(search);
  const values: Record<string, unknown> = {};
  for (const name of NAMES) {
    const [value, second] = given.getAll(name);
    if (second !== undefined) throw malformed(`The parameter ${name} was sent twice.`);
    if (value === undefined || value === '') continue;
    values[name] = name === 'variables' || name === 'extensions' ? parseJson(value, name) : value;
  }
  return values;
}

function parseJson(value: string, name: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw malformed(`The parameter ${name} is not JSON.`);
  }
}

function text(given: JsonObject, name: (typeof NAMES)[number]): string | undefined {
  const value = own(given, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw malformed(`The parameter ${name} must be a string, not ${kindOf(value)}.`);
  return value;
}

const NOTHING: JsonObject = Object.freeze({});

function object(given: JsonObject, name: (typeof NAMES)[number]): JsonObject {
  const value = own(given, name);
  if (value === undefined || value === null) return NOTHING;
  if (!isObject(value)) throw malformed(`The parameter ${name} must be an object, not ${kindOf(value)}.`);
  return value;
}

/** JSON may hold a key `__proto__`, and an object inherits names. */
function own(given: JsonObject, name: string): unknown {
  return Object.hasOwn(given, name) ? given[name] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function malformed(message: string): HttpProblem {
  return new HttpProblem(400, 'BAD_INPUT', message);
}
