/** A folder of vectors, made anew under keys that live as long as the process that calls this. */
export interface VectorFolder {
  /** Cases, each with its `id`. */
  readonly vectors: readonly { readonly id: string }[];
  /** PEM by the name of the file that cases call `file:NAME`. */
  readonly roots: Readonly<Record<string, string>>;
}
