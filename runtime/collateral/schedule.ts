/** Does the work once, after a time. @returns a function that calls it off. */
export type Schedule = (delayMs: number, work: () => void) => () => void;

/** The timers of Node. None of them keeps a process alive. */
export const nodeSchedule: Schedule = (delayMs, work) => {
  const timer = setTimeout(work, delayMs);
  timer.unref();
  return () => clearTimeout(timer);
};
