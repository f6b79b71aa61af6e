import { createContext, use } from 'react';

/** Counts the waiting notices again, at once: something that was just done has changed their number. */
export const RecountContext = createContext<() => void>(() => undefined);

export function useRecount(): () => void {
  return use(RecountContext);
}
