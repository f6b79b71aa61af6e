import { TreeInterpreter, compile, tokenize, type JSONValue } from '@jmespath-community/jmespath';
import { EvaluationError } from './evaluationError.js';
import type { Work } from './evaluationLimits.js';
import { compareJson } from './jsonComparison.js';
import { JMESPATH_FUNCTIONS, overrideFunctions } from './jmesPathFunctions.js';

/** Longest query, in UTF-16 units. */
const MAXIMUM_QUERY_CHARACTERS = 4_096;
/** The library's parser recurses, at most once a token. */
const MAXIMUM_QUERY_TOKENS = 1_024;
/** Deepest nesting of a query's parts, and of a JSON value. */
const MAXIMUM_DEPTH = 128;
/** Documents that an evaluation keeps parsed, since most rules query the same few. */
const REMEMBERED_DOCUMENTS = 8;

type Query = ReturnType<typeof compile>;

/** What JMESPath (jmespath.org) has; the library's extensions of the community are refused. */
const NODE_TYPES = new Set<string>([
  'AndExpression',
  'Comparator',
  'Current',
  'ExpressionReference',
  'Field',
  'FilterProjection',
  'Flatten',
  'Function',
  'Identity',
  'Index',
  'IndexExpression',
  'KeyValuePair',
  'Literal',
  'MultiSelectHash',
  'MultiSelectList',
  'NotExpression',
  'OrExpression',
  'Pipe',
  'Projection',
  'Slice',
  'Subexpression',
  'ValueProjection',
]);

// The library exports one interpreter; its class is what a bounded one is made of.
const Interpreter = TreeInterpreter.constructor as new () => typeof TreeInterpreter;

/**
 * JMESPath over JSON texts, with bounds: whoever writes the query must not be able to make it run long or its answer grow
 * large, and whoever writes the document must not be able to change the query.
 */
export class JmesPath extends Interpreter {
  readonly #work: Work;
  readonly #documents = new Map<string, JSONValue>();
  /** Parts of compiled queries: only these are interpreted, whatever a document looks like. */
  readonly #parts = new WeakSet();
  /** Length as JSON of every object met, about: values share parts, so that small ones can stand for huge texts. */
  readonly #lengths = new WeakMap<object, number>();

  constructor(work: Work) {
    super();
    this.#work = work;
    overrideFunctions(this.runtime, (node, value) => this.visit(node, value) as JSONValue);
    const call = this.runtime.callFunction.bind(this.runtime);
    this.runtime.callFunction = (name, given) => {
      this.#payForCall(name, given as JSONValue[]);
      return call(name, given);
    };
  }

  /** Parses a JSON text within the bounds. */
  parse(json: string): JSONValue {
    const known = this.#documents.get(json);
    if (known !== undefined) return known;
    this.#work.admit(json.length);
    this.#work.spend(json.length >> 4);
    let document: JSONValue;
    try {
      document = JSON.parse(json) as JSONValue;
    } catch {
      throw new EvaluationError(`a text of ${json.length} characters is not JSON`);
    }
    this.#measure(document, 0);
    if (this.#documents.size >= REMEMBERED_DOCUMENTS) this.#documents.clear();
    this.#documents.set(json, document);
    return document;
  }

  /** The answer to a query as JSON text. */
  query(json: string, query: string): string {
    const document = this.parse(json);
    const compiled = this.#compile(query);
    let answer: string;
    try {
      answer = JSON.stringify(this.search(compiled, document) ?? null);
    } catch (cause) {
      throw cause instanceof EvaluationError ? cause : failed(cause);
    }
    this.#work.admit(answer.length);
    return answer;
  }

  override visit(...[node, value]: Parameters<typeof TreeInterpreter.visit>): ReturnType<typeof TreeInterpreter.visit> {
    if (!this.#parts.has(node)) throw new EvaluationError('a JMESPath query takes a part of the document for a query');
    this.#work.spend(1);
    if (node.type === 'Field') return fieldOf(value as JSONValue, node.name);
    if (node.type === 'Comparator') {
      const [left, right] = [this.visit(node.left, value), this.visit(node.right, value)] as [JSONValue, JSONValue];
      this.#work.spend(Math.min(this.#measure(left, 0), this.#measure(right, 0)) >> 4);
      return compareJson(left, node.name, right);
    }
    const result = super.visit(node, value);
    if (node.type === 'ExpressionReference') this.#parts.add(result as object);
    else this.#measure(result as JSONValue, 0);
    return result;
  }

  #compile(text: string): Query {
    if (text.length > MAXIMUM_QUERY_CHARACTERS)
      throw new EvaluationError(`a JMESPath query has at most ${MAXIMUM_QUERY_CHARACTERS} characters`);
    this.#work.spend(text.length >> 2);
    let query: Query;
    try {
      const { length } = tokenize(text);
      if (length > MAXIMUM_QUERY_TOKENS) throw new RangeError(`${length} tokens; ${MAXIMUM_QUERY_TOKENS} is the most`);
      query = compile(text);
    } catch (cause) {
      throw failed(cause);
    }
    this.#admit(query, 0, undefined);
    return query;
  }

  #admit(part: unknown, depth: number, parent: string | undefined): void {
    if (Array.isArray(part)) for (const each of part) this.#admit(each, depth, parent);
    if (typeof part !== 'object' || part === null || !('type' in part)) return;
    if (depth > MAXIMUM_DEPTH) throw new EvaluationError(`a JMESPath query nests at most ${MAXIMUM_DEPTH} deep`);
    const { name, type } = part as { type: string; name?: string };
    // Expressions as values are arguments of functions, and nothing else.
    if (!NODE_TYPES.has(type) || (type === 'ExpressionReference' && parent !== 'Function'))
      throw new EvaluationError(`a JMESPath query has ${type} where JMESPath has none`);
    if (type === 'Function' && !JMESPATH_FUNCTIONS.has(name ?? ''))
      throw new EvaluationError(`there is no JMESPath function ${name ?? ''}`);
    this.#parts.add(part);
    // A literal's value is data, even where it looks like a part of a query.
    if (type !== 'Literal') for (const inner of Object.values(part)) this.#admit(inner, depth + 1, type);
  }

  /** Length as JSON, about. Pays for what was not measured before, and refuses what is too long or too deep. */
  #measure(value: JSONValue | undefined, depth: number): number {
    if (typeof value === 'string') return value.length + 2;
    if (typeof value !== 'object' || value === null) return 5;
    const known = this.#lengths.get(value);
    if (known !== undefined) return known;
    if (depth > MAXIMUM_DEPTH) throw new EvaluationError(`JSON nests at most ${MAXIMUM_DEPTH} deep`);
    const entries = Object.entries(value);
    this.#work.spend(1 + (entries.length >> 2));
    const named = Array.isArray(value) ? 0 : 4;
    let length = 2;
    for (const [name, item] of entries) length += (named && name.length + named) + this.#measure(item, depth + 1);
    this.#work.admit(length);
    this.#lengths.set(value, length);
    return length;
  }

  #payForCall(name: string, given: readonly JSONValue[]): void {
    const lengths = given.map((argument) => (this.#parts.has(argument as object) ? 0 : this.#measure(argument, 0)));
    const length = lengths.reduce((sum, each) => sum + each, 0);
    this.#work.spend(name === 'sort' ? length : length >> 4);
    const [first, second] = given;
    // A search may compare the text that is looked for anew at many places.
    if (name === 'contains' && typeof first === 'string' && typeof second === 'string')
      this.#work.spend((first.length * second.length) / 4_096);
    // The only function whose answer can be much longer than what it is given.
    if (name === 'join' && typeof first === 'string' && Array.isArray(second))
      this.#work.admit(length + first.length * second.length);
  }
}

/** The document's own members only: `constructor` is no part of it. */
function fieldOf(value: JSONValue, name: string): JSONValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name)) return null;
  return value[name] ?? null;
}

function failed(cause: unknown): EvaluationError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EvaluationError(`a JMESPath query fails: ${reason.slice(0, 200)}`, { cause });
}
