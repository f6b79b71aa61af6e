/** What a store needs of a database: statements with parameters, transactions, and an end. The SQL is PostgreSQL's. */

/** Values that a parameter may have. Bytes are `bytea`, dates `timestamptz`, lists `text[]`. */
export type Value = string | number | boolean | null | Date | Uint8Array | readonly string[];

export interface Queryable {
  /** Runs one statement; `$1` is `values[0]`. Returns its rows (also those of `RETURNING`). Throws a {@link DatabaseError}. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly Value[]): Promise<Row[]>;
}

export interface Db extends Queryable {
  /** True where no other process can be using this database, so that leases left by a former process are void. */
  readonly exclusive: boolean;
  /**
   * Commits when `work` resolves, rolls back when it rejects. The embedded database has one connection: a transaction
   * blocks every other statement, so never await the network inside one, and never use the {@link Db} itself in there.
   */
  transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** SQLSTATE, as in appendix A of the PostgreSQL manual; those that callers tell apart. */
export const SQLSTATE = { uniqueViolation: '23505', foreignKeyViolation: '23503' } as const;

/**
 * A statement failed. Holds the SQLSTATE and the name of the constraint, and neither the statement's parameters nor the
 * database's own words, because both may quote values.
 */
export class DatabaseError extends Error {
  readonly sqlState: string;
  readonly constraint: string | undefined;

  constructor(sqlState: string, constraint?: string) {
    super(
      `The database refused a statement: SQLSTATE ${sqlState}${constraint === undefined ? '' : `, constraint ${constraint}`}.`,
    );
    this.name = 'DatabaseError';
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

/** True for the violation of this unique constraint or index. */
export function violatesUnique(thrown: unknown, constraint: string): boolean {
  return (
    thrown instanceof DatabaseError && thrown.sqlState === SQLSTATE.uniqueViolation && thrown.constraint === constraint
  );
}
