import { createHash } from 'node:crypto';
import { print, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { publishedSchema, publishedSdl } from '../../schema/publishedSchema.js';
import { findInconsistencies } from './consistency.js';
import type { Audience, ContractDefinition } from './definition.js';
import { hide } from './hide.js';
import { markInaccessible } from './markInaccessible.js';
import { redact } from './redact.js';
import type { TaggedSchema } from './taggedSchema.js';
import { validateOperation } from './validateOperation.js';
import { namesBeyond, visibleCoordinates } from './visibleCoordinates.js';

/** A part of the supergraph that is served as if it were all of it. */
export interface Contract {
  readonly name: string;
  readonly description: string;
  readonly audience: Audience;
  /** What callers may ask, and what introspection tells. */
  readonly schema: GraphQLSchema;
  /** The same as text, with the conditions under which fields are served. */
  readonly sdl: string;
  /** A strong validator of `sdl` (RFC 9110, 8.8.3), quoted. */
  readonly etag: string;
  /** The whole supergraph with everything beyond the contract marked @inaccessible, for executors. */
  readonly supergraphSdl: string;
  /** Schema coordinates of all that is in it. */
  readonly coordinates: ReadonlySet<string>;
  /** Names that the supergraph has and the contract has not: no answer under it may hold one. */
  readonly namesBeyond: ReadonlySet<string>;
  /** What is wrong with a document, in words of this contract alone; empty where it is valid. */
  validate(document: DocumentNode): readonly GraphQLError[];
}

/** The contract, or every reason why there is none. */
export type BuiltContract = { readonly contract: Contract } | { readonly problems: readonly string[] };

export function buildContract(tagged: TaggedSchema, definition: ContractDefinition): BuiltContract {
  const { name, description, audience } = definition;
  const unknown = [...definition.include, ...definition.exclude].filter((tag) => !tagged.allTags.has(tag));
  // A tag that is misspelt would hide nothing, or everything.
  if (unknown.length > 0) return { problems: unknown.map((tag) => `nothing has the tag ${tag}`) };
  const hidden = hide(tagged, definition);
  const problems = findInconsistencies(tagged, hidden);
  if (problems.length > 0) return { problems };
  const coordinates = visibleCoordinates(tagged, hidden);
  const beyond = namesBeyond(tagged, coordinates);
  const document = redact(markInaccessible(tagged, hidden), beyond);
  const schema = publishedSchema(document);
  const sdl = publishedSdl(document);
  return {
    contract: {
      name,
      description,
      audience,
      schema,
      sdl,
      etag: `"${createHash('sha256').update(sdl).digest('base64url')}"`,
      supergraphSdl: print(document),
      coordinates,
      namesBeyond: beyond,
      validate: (operation) => validateOperation(schema, operation),
    },
  };
}
