import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Button } from './Button.js';

/** A modal dialog; the browser keeps the focus inside and gives it back. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={titleId} onClose={close}>
      <div className="card-head">
        <h2 id={titleId}>{title}</h2>
        <Button look="quiet" icon="cross" onClick={close} aria-label="Close" />
      </div>
      {children}
    </dialog>
  );
}
