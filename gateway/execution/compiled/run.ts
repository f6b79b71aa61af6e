import type { DataObject } from './dataPaths.js';
import { jsonText } from './jsonText.js';
import type { SubgraphTransport } from './transport.js';
import type { ExecutionError } from './upstreamErrors.js';

/** One execution of an operation, from its variables to its data and errors. */
export class Run {
  /** What was fetched, under the keys of the planned operation. */
  readonly data: DataObject = Object.create(null) as DataObject;
  readonly errors: ExecutionError[] = [];
  readonly #variableTexts = new Map<string, string | undefined>();

  constructor(
    readonly transport: SubgraphTransport,
    /** Coerced, by the names of the planned operation. */
    readonly variables: ReadonlyMap<string, unknown>,
    readonly context: unknown,
    readonly signal: AbortSignal | undefined,
    readonly maximumErrors: number,
  ) {}

  /** A variable as JSON; undefined where it has no value. */
  variableText(name: string): string | undefined {
    let text = this.#variableTexts.get(name);
    if (text === undefined && this.variables.has(name)) {
      text = jsonText(this.variables.get(name));
      this.#variableTexts.set(name, text);
    }
    return text;
  }

  fail(error: ExecutionError): void {
    if (this.errors.length < this.maximumErrors) this.errors.push(error);
  }

  get isFull(): boolean {
    return this.errors.length >= this.maximumErrors;
  }
}
