import {
  useEffect,
  useId,
  useMemo,
  useReducer,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type RefObject,
} from 'react';
import { bytesOfBase64 } from '../../enclave/bytes.js';
import { Button } from '../ui/Button.js';
import { HEAT_MAP_KEY, INITIAL_VIEW, KEYS, changeView, windowLevel, type View, type ViewChange } from './view.js';

interface ImageViewerProps {
  /** What the film shows, for those who cannot see it. */
  readonly label: string;
  readonly url: string | undefined;
  /** Said in place of the film while there is none. */
  readonly absence: ReactNode;
  readonly rows: number;
  readonly columns: number;
  /** base64 grey PNG over the whole film: brighter means more evidence. */
  readonly heatMap?: string | null | undefined;
}

export function ImageViewer({ label, url, absence, rows, columns, heatMap }: ImageViewerProps) {
  const [view, change] = useReducer(changeView, INITIAL_VIEW);
  const [heatShown, setHeatShown] = useState(false);
  const [opacity, setOpacity] = useState(50);
  const stage = useRef<HTMLDivElement>(null);
  const heatUrl = useHeatMap(heatMap);
  const filterId = useId();
  useWheelZoom(stage, change);

  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = KEYS.find((candidate) => candidate.key === event.key);
    if (key !== undefined) change(key.change);
    else if (event.key === HEAT_MAP_KEY && heatUrl !== undefined) setHeatShown(!heatShown);
    else return;
    event.preventDefault();
  }

  const sideways = view.quarterTurns % 2 === 1;
  return (
    <div className="viewer">
      <div
        ref={stage}
        className="viewer-stage"
        role="group"
        tabIndex={0}
        aria-label="Image viewer"
        aria-describedby={`${filterId}-keys`}
        onKeyDown={onKeyDown}
        {...usePanning(change)}
      >
        {url === undefined ? (
          <div className="viewer-absence">{absence}</div>
        ) : (
          <div
            className={sideways ? 'viewer-film viewer-film-sideways' : 'viewer-film'}
            style={{ ...{ '--ratio': columns / rows }, transform: transformOf(view) }}
          >
            <img src={url} alt={label} draggable={false} style={{ filter: `url("#${filterId}-film")` }} />
            {heatShown && heatUrl !== undefined && (
              <img
                className="viewer-heat"
                src={heatUrl}
                alt="Heat map: warmer colours mark what spoke for the finding."
                draggable={false}
                style={{ opacity: opacity / 100, filter: `url("#${filterId}-heat")` }}
              />
            )}
          </div>
        )}
        <p id={`${filterId}-keys`} className="hidden">
          Plus and minus zoom, arrow keys move, square brackets change brightness, comma and full stop change contrast,
          0 resets.
        </p>
        {url !== undefined && (
          <p className="viewer-readout" aria-hidden="true">
            W {Math.round(view.window)} L {Math.round(view.level)} · {Math.round(view.zoom * 100)} %
            {view.inverted && ' · inverted'}
            {view.flipped && ' · flipped'}
          </p>
        )}
      </div>
      <Filters id={filterId} view={view} />
      <div className="viewer-tools" role="toolbar" aria-label="Image tools">
        {TOOLS.map(({ group, tools }) => (
          <div key={group} role="group" aria-label={group}>
            {tools.map(({ words, shown, change: step }) => (
              <Button key={words} look="quiet" aria-label={words} title={words} onClick={() => change(step)}>
                {shown}
              </Button>
            ))}
          </div>
        ))}
      </div>
      {heatUrl !== undefined && (
        <div className="viewer-heat-tools">
          <label>
            <input type="checkbox" checked={heatShown} onChange={(event) => setHeatShown(event.target.checked)} /> Show
            heat map
          </label>
          <label>
            Opacity
            <input
              type="range"
              min={10}
              max={90}
              step={5}
              value={opacity}
              disabled={!heatShown}
              onChange={(event) => setOpacity(event.target.valueAsNumber)}
            />
          </label>
          <p className="heat-legend">
            <span aria-hidden="true" />
            less to more evidence for the finding. It shows what the model looked at, not where disease is.
          </p>
        </div>
      )}
    </div>
  );
}

interface Tool {
  readonly words: string;
  readonly shown: string;
  readonly change: ViewChange;
}

/** Everything that the pointer can do has a button as well (WCAG 2.5.7). What belongs together stands together. */
const TOOLS: readonly { readonly group: string; readonly tools: readonly Tool[] }[] = [
  {
    group: 'Zoom and position',
    tools: [
      { words: 'Zoom in', shown: '+', change: { kind: 'zoom', factor: 1.25 } },
      { words: 'Zoom out', shown: '−', change: { kind: 'zoom', factor: 0.8 } },
      { words: 'Move left', shown: '←', change: { kind: 'pan', x: -40, y: 0 } },
      { words: 'Move right', shown: '→', change: { kind: 'pan', x: 40, y: 0 } },
      { words: 'Move up', shown: '↑', change: { kind: 'pan', x: 0, y: -40 } },
      { words: 'Move down', shown: '↓', change: { kind: 'pan', x: 0, y: 40 } },
    ],
  },
  {
    group: 'Brightness and contrast',
    tools: [
      { words: 'Brighter', shown: 'Brighter', change: { kind: 'level', by: -8 } },
      { words: 'Darker', shown: 'Darker', change: { kind: 'level', by: 8 } },
      { words: 'More contrast', shown: 'Contrast +', change: { kind: 'window', by: -16 } },
      { words: 'Less contrast', shown: 'Contrast −', change: { kind: 'window', by: 16 } },
    ],
  },
  {
    group: 'Presets',
    tools: [
      { words: 'Lung: window 160, level 100', shown: 'Lung', change: { kind: 'preset', window: 160, level: 100 } },
      { words: 'Bone: window 140, level 170', shown: 'Bone', change: { kind: 'preset', window: 140, level: 170 } },
      { words: 'Invert greys', shown: 'Invert', change: { kind: 'invert' } },
    ],
  },
  {
    group: 'Orientation',
    tools: [
      { words: 'Turn right', shown: 'Turn', change: { kind: 'turn', quarters: 1 } },
      { words: 'Flip left and right', shown: 'Flip', change: { kind: 'flip' } },
      { words: 'Reset the view', shown: 'Reset', change: { kind: 'reset' } },
    ],
  },
];

/** The graphics unit applies both: the film's window and level, and the colours of the heat map. */
function Filters({ id, view }: { id: string; view: View }) {
  const { slope, intercept } = windowLevel(view);
  const linear = { type: 'linear', slope, intercept } as const;
  return (
    <svg className="viewer-filters" aria-hidden="true" focusable="false">
      <filter id={`${id}-film`} colorInterpolationFilters="sRGB" x="0" y="0" width="100%" height="100%">
        <feComponentTransfer>
          <feFuncR {...linear} />
          <feFuncG {...linear} />
          <feFuncB {...linear} />
        </feComponentTransfer>
      </filter>
      <filter id={`${id}-heat`} colorInterpolationFilters="sRGB" x="0" y="0" width="100%" height="100%">
        {/* Grey becomes opacity, then colour: no evidence is transparent. */}
        <feColorMatrix type="matrix" values="1 0 0 0 0  1 0 0 0 0  1 0 0 0 0  1 0 0 0 0" />
        <feComponentTransfer>
          <feFuncR type="table" tableValues="0.25 0.75 0.98 1" />
          <feFuncG type="table" tableValues="0.02 0.10 0.42 0.78" />
          <feFuncB type="table" tableValues="0.45 0.35 0.10 0.30" />
        </feComponentTransfer>
      </filter>
    </svg>
  );
}

function transformOf({ panX, panY, zoom, quarterTurns, flipped }: View): string {
  return `translate(${panX}px, ${panY}px) scale(${zoom}) rotate(${quarterTurns * 90}deg) scaleX(${flipped ? -1 : 1})`;
}

function usePanning(change: (step: ViewChange) => void) {
  const last = useRef<{ x: number; y: number }>(undefined);
  return {
    onPointerDown: (event: PointerEvent) => {
      last.current = { x: event.clientX, y: event.clientY };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent) => {
      if (last.current === undefined) return;
      change({ kind: 'pan', x: event.clientX - last.current.x, y: event.clientY - last.current.y });
      last.current = { x: event.clientX, y: event.clientY };
    },
    onPointerUp: () => {
      last.current = undefined;
    },
    onPointerCancel: () => {
      last.current = undefined;
    },
  };
}

/** React's wheel listener is passive and could not keep the page from scrolling; with Control only, so that scrolling stays. */
function useWheelZoom(stage: RefObject<HTMLDivElement | null>, change: (step: ViewChange) => void) {
  useEffect(() => {
    const element = stage.current;
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      change({ kind: 'zoom', factor: event.deltaY < 0 ? 1.1 : 1 / 1.1 });
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [stage, change]);
}

/** A blob: URL for the heat map; undefined where there is none, or where it is no base64. */
function useHeatMap(base64: string | null | undefined): string | undefined {
  const url = useMemo(() => {
    if (base64 === null || base64 === undefined || base64 === '') return undefined;
    try {
      return URL.createObjectURL(new Blob([bytesOfBase64(base64)], { type: 'image/png' }));
    } catch {
      return undefined;
    }
  }, [base64]);
  useEffect(() => {
    if (url === undefined) return undefined;
    return () => URL.revokeObjectURL(url);
  }, [url]);
  return url;
}
