import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  execute,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isListType,
  isUnionType,
  parse,
  type ExecutionResult,
  type GraphQLFieldResolver,
  type GraphQLSchema,
} from 'graphql';
import { fieldBounds, typeBounds } from './bounds.js';
import type { Graph } from './graph.js';

/** Every value of the world is a text of its own, and this says what each of them is bound to. */
export class Tokens {
  readonly #bounds = new Map<string, ReadonlySet<string>>();
  readonly #sent = new Set<string>();

  make(bounds: ReadonlySet<string>): string {
    const token = `tk${this.#bounds.size.toString(36)}kt`;
    this.#bounds.set(token, bounds);
    return token;
  }

  /** A value of the caller's. */
  makeSent(bounds: ReadonlySet<string>): string {
    const token = this.make(bounds);
    this.#sent.add(token);
    return token;
  }

  boundsOf(token: string): ReadonlySet<string> {
    const bounds = this.#bounds.get(token);
    if (bounds === undefined) throw new Error(`Nobody made ${token}.`);
    return bounds;
  }

  isSent(token: string): boolean {
    return this.#sent.has(token);
  }

  /** Every token in a text, each once. */
  static in(text: string): string[] {
    return [...new Set(text.match(/tk[0-9a-z]+?kt/g) ?? [])];
  }
}

/** One object. It is reached by one way only, so that what it is bound to is what that way is bound to. */
class Thing {
  readonly children = new Map<string, Thing>();
  readonly leaves = new Map<string, string>();

  constructor(
    readonly type: string,
    readonly bounds: ReadonlySet<string>,
    readonly way: string,
  ) {}
}

/** What the subgraphs of one graph know, all together. */
export class World {
  readonly #things = new Map<string, Thing>();
  readonly #roots = new Map<string, Thing>();
  readonly #schemas: ReadonlyMap<string, GraphQLSchema>;

  constructor(
    readonly graph: Graph,
    sdls: Readonly<Record<string, string>>,
    readonly tokens: Tokens,
  ) {
    this.#schemas = new Map(Object.entries(sdls).map(([name, sdl]) => [name, this.#schemaOf(sdl)]));
  }

  /** The subgraph's answer to a request. */
  async ask(subgraph: string, body: string): Promise<ExecutionResult> {
    const schema = this.#schemas.get(subgraph);
    if (schema === undefined) throw new Error(`There is no subgraph ${subgraph}.`);
    const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
    return await execute({
      schema,
      document: parse(query),
      fieldResolver: this.#resolve,
      typeResolver: (value) => (value as Thing).type,
      ...(variables === undefined ? {} : { variableValues: variables }),
    });
  }

  #schemaOf(sdl: string): GraphQLSchema {
    const resolvers = Object.fromEntries(
      this.graph.types
        .filter(({ home, name }) => home !== undefined && new RegExp(`type ${name} `).test(sdl))
        .map(({ name }) => [
          name,
          { __resolveReference: (given: { id?: string; sku?: string }) => this.#known(given) },
        ]),
    );
    return buildSubgraphSchema({ typeDefs: parse(sdl), resolvers });
  }

  #known({ id, sku }: { id?: string; sku?: string }): Thing {
    const thing = this.#things.get(id ?? '') ?? this.#things.get(sku ?? '');
    if (thing === undefined) throw new Error('Nothing has this key.');
    return thing;
  }

  readonly #resolve: GraphQLFieldResolver<unknown, unknown> = (source, _arguments, _context, info) => {
    const thing = source instanceof Thing ? source : this.#root(info.parentType.name);
    const type = getNamedType(info.returnType);
    if (isLeafType(type)) return this.#leaf(thing, info.fieldName);
    const possible =
      isInterfaceType(type) || isUnionType(type)
        ? info.schema.getPossibleTypes(type).map(({ name }) => name)
        : [type.name];
    if (!isListType(info.returnType)) return this.#child(thing, info.fieldName, 0, possible, type.name);
    return [0, 1].map((index) => this.#child(thing, info.fieldName, index, possible, type.name));
  };

  #root(type: string): Thing {
    const root = this.#roots.get(type) ?? new Thing(type, new Set(), type);
    this.#roots.set(type, root);
    return root;
  }

  #leaf(thing: Thing, field: string): string {
    const known = thing.leaves.get(field);
    if (known !== undefined) return known;
    const token = this.tokens.make(new Set([...thing.bounds, ...fieldBounds(this.graph, thing.type, field)]));
    thing.leaves.set(field, token);
    if (field === 'id' || field === 'sku') this.#things.set(token, thing);
    return token;
  }

  #child(thing: Thing, field: string, index: number, possible: readonly string[], staticType: string): Thing {
    const key = `${field} ${index}`;
    const known = thing.children.get(key);
    if (known !== undefined) return known;
    const way = `${thing.way} ${key}`;
    // The type depends on the way only, so that every subgraph says the same.
    const type = [...possible].sort()[way.length % possible.length] ?? '';
    const bounds = new Set([
      ...thing.bounds,
      ...fieldBounds(this.graph, thing.type, field),
      ...typeBounds(this.graph, type),
      ...typeBounds(this.graph, staticType),
    ]);
    const child = new Thing(type, bounds, way);
    thing.children.set(key, child);
    return child;
  }
}
