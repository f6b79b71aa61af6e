import { useEffect, useState } from 'react';
import { KEYS } from '../viewer/view.js';
import { Button } from '../ui/Button.js';
import { Dialog } from '../ui/Dialog.js';
import { isTyping, shortcutsAreOn, switchShortcuts } from './shortcutKeys.js';

/** The list of keys, with the switch for those that work everywhere. */
export function Shortcuts() {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useState(shortcutsAreOn);

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === '?' && !isTyping(event) && shortcutsAreOn()) setOpen(true);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);

  return (
    <span className="shortcuts">
      <Button
        look="quiet"
        icon="keyboard"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts"
        onClick={() => setOpen(true)}
      />
      {open && (
        <Dialog title="Keyboard shortcuts" close={() => setOpen(false)}>
          <label>
            <input
              type="checkbox"
              checked={on}
              onChange={(event) => {
                setOn(event.target.checked);
                switchShortcuts(event.target.checked);
              }}
            />{' '}
            Single-key shortcuts work on every page
          </label>
          <h3>Everywhere</h3>
          <Keys
            keys={[
              ['/', 'Search patients'],
              ['?', 'This list'],
              ['↑ ↓', 'Row by row in a list'],
              ['Esc', 'Close a dialog'],
            ]}
          />
          <h3>In the image viewer</h3>
          <Keys
            keys={[
              ...KEYS.filter(({ key }) => key !== '=').map(({ shown, does }) => [shown, does] as const),
              ['m', 'Heat map'],
            ]}
          />
        </Dialog>
      )}
    </span>
  );
}

function Keys({ keys }: { keys: readonly (readonly [key: string, does: string])[] }) {
  return (
    <dl className="keys">
      {keys.map(([key, does]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{does}</dd>
        </div>
      ))}
    </dl>
  );
}
