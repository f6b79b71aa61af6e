import { BoundedMap } from '../boundedMap.js';

export interface OwnDocumentLimits {
  readonly identities: number;
  /** Of one identity. */
  readonly documents: number;
  /** Of one identity, in all its documents. */
  readonly characters: number;
}

export const OWN_DOCUMENT_LIMITS: OwnDocumentLimits = { identities: 1000, documents: 100, characters: 200_000 };

/**
 * Documents that callers registered by asking them once (automatic persisted queries), each for itself alone. One store for
 * all would tell everybody what others ask, and let one caller push out the documents of another.
 */
export class OwnDocuments {
  readonly #byIdentity: BoundedMap<string, BoundedMap<string, string>>;
  readonly #limits: OwnDocumentLimits;

  constructor(limits: OwnDocumentLimits = OWN_DOCUMENT_LIMITS) {
    this.#limits = limits;
    this.#byIdentity = new BoundedMap({ maximumEntries: limits.identities });
  }

  get(identity: string, id: string): string | undefined {
    return this.#byIdentity.get(identity)?.get(id);
  }

  /** @param id the SHA-256 of the text, which the caller of this has compared. */
  register(identity: string, id: string, text: string): void {
    const { documents, characters } = this.#limits;
    const own =
      this.#byIdentity.get(identity) ??
      new BoundedMap<string, string>({ maximumEntries: documents, maximumWeight: characters });
    own.set(id, text, text.length);
    this.#byIdentity.set(identity, own);
  }
}
