import { useEffect } from 'react';

const SIGNS_OF_LIFE = ['keydown', 'pointerdown', 'wheel'] as const;
const LOOK_EVERY_MS = 5000;

/**
 * Calls `onIdle` once nobody has used the page for `limitMs` (45 CFR 164.312(a)(2)(iii), automatic logoff). It compares
 * clock times, since timers stand still while a computer sleeps.
 */
export function useIdleLimit({
  active,
  limitMs,
  onIdle,
}: {
  active: boolean;
  limitMs: number;
  onIdle: () => void;
}): void {
  useEffect(() => {
    if (!active) return undefined;
    let lastUsed = Date.now();
    const used = () => {
      lastUsed = Date.now();
    };
    // Browsers also report a move where the page moved under a resting pointer: a list that refreshes itself is no sign of life.
    let pointer = '';
    const moved = ({ screenX, screenY }: PointerEvent) => {
      const position = `${screenX} ${screenY}`;
      if (position !== pointer) used();
      pointer = position;
    };
    const timer = window.setInterval(() => {
      if (Date.now() - lastUsed >= limitMs) onIdle();
    }, LOOK_EVERY_MS);
    for (const sign of SIGNS_OF_LIFE) document.addEventListener(sign, used, { capture: true, passive: true });
    document.addEventListener('pointermove', moved, { capture: true, passive: true });
    return () => {
      window.clearInterval(timer);
      document.removeEventListener('pointermove', moved, { capture: true });
      for (const sign of SIGNS_OF_LIFE) document.removeEventListener(sign, used, { capture: true });
    };
  }, [active, limitMs, onIdle]);
}
