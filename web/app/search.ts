import { createContext, use } from 'react';

/** What is searched for says who is a patient: it lives in memory only, never in an address or in the browser's history. */
export interface Search {
  readonly search: string;
  readonly setSearch: (search: string) => void;
}

export const SearchContext = createContext<Search>({ search: '', setSearch: () => undefined });

export function useSearch(): Search {
  return use(SearchContext);
}
