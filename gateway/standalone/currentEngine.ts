import type { Engine } from './engine.js';

/** The engine that serves now, and those before it that still have requests to finish. */
export interface CurrentEngine {
  /** For one request, from its head to its end. `leave` is called once. */
  enter(): { readonly engine: Engine; leave(): void };
  /** The old one is closed when the last request that entered it has left. */
  replace(next: Engine): void;
  /** Resolves when all engines are closed: nobody may enter any more. */
  close(): Promise<void>;
}

interface Seat {
  readonly engine: Engine;
  requests: number;
  retired: boolean;
  readonly closed: Promise<void>;
  readonly finish: () => void;
}

/** @param onFailure is told where an engine did not close cleanly */
export function holdCurrentEngine(first: Engine, onFailure: (thrown: unknown) => void): CurrentEngine {
  const open = new Set<Seat>();
  let current = seatOf(first);

  function seatOf(engine: Engine): Seat {
    let finish: () => void = ignore;
    const closed = new Promise<void>((resolve) => {
      finish = () => {
        engine
          .close()
          .catch(onFailure)
          .finally(() => {
            open.delete(seat);
            resolve();
          });
      };
    });
    const seat: Seat = { engine, requests: 0, retired: false, closed, finish };
    open.add(seat);
    return seat;
  }

  function retire(seat: Seat): void {
    if (seat.retired) return;
    seat.retired = true;
    if (seat.requests === 0) seat.finish();
  }

  return {
    enter() {
      const seat = current;
      seat.requests += 1;
      return {
        engine: seat.engine,
        leave: () => {
          seat.requests -= 1;
          if (seat.retired && seat.requests === 0) seat.finish();
        },
      };
    },
    replace(next) {
      const old = current;
      current = seatOf(next);
      retire(old);
    },
    close: async () => {
      retire(current);
      await Promise.all([...open].map(({ closed }) => closed));
    },
  };
}

function ignore(): void {
  // Set before it can be called.
}
