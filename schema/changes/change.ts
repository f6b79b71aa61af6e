/** `breaking`: requests that were answered no longer are. `dangerous`: they are, and what they get may surprise. */
export type Severity = 'breaking' | 'dangerous' | 'safe';

/** One difference between two versions of a schema. */
export interface SchemaChange {
  readonly severity: Severity;
  /** A word for programs, for instance FIELD_REMOVED. */
  readonly type: string;
  /** What changed, in words; it names the schema coordinate. */
  readonly description: string;
}
