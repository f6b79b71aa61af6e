/** How the film is shown. Window and level are in grey values of the 8-bit rendition, as on a diagnostic workstation. */
export interface View {
  /** 1 fits the stage. */
  readonly zoom: number;
  /** Pixels of the screen. */
  readonly panX: number;
  readonly panY: number;
  /** Width of the range of greys that is spread from black to white, 1 to 510. */
  readonly window: number;
  /** The grey in the middle of that range, 0 to 255. */
  readonly level: number;
  readonly inverted: boolean;
  readonly quarterTurns: number;
  readonly flipped: boolean;
}

export const INITIAL_VIEW: View = {
  zoom: 1,
  panX: 0,
  panY: 0,
  window: 255,
  level: 127.5,
  inverted: false,
  quarterTurns: 0,
  flipped: false,
};

export type ViewChange =
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'pan'; readonly x: number; readonly y: number }
  | { readonly kind: 'window'; readonly by: number }
  | { readonly kind: 'level'; readonly by: number }
  | { readonly kind: 'preset'; readonly window: number; readonly level: number }
  | { readonly kind: 'invert' }
  | { readonly kind: 'turn'; readonly quarters: number }
  | { readonly kind: 'flip' }
  | { readonly kind: 'reset' };

const ZOOM = { least: 0.5, most: 12 };

export function changeView(view: View, change: ViewChange): View {
  switch (change.kind) {
    case 'zoom': {
      const zoom = within(view.zoom * change.factor, ZOOM.least, ZOOM.most);
      const ratio = zoom / view.zoom;
      return { ...view, zoom, panX: view.panX * ratio, panY: view.panY * ratio };
    }
    case 'pan':
      return { ...view, panX: view.panX + change.x, panY: view.panY + change.y };
    case 'window':
      return { ...view, window: within(view.window + change.by, 1, 510) };
    case 'level':
      return { ...view, level: within(view.level + change.by, 0, 255) };
    case 'preset':
      return { ...view, window: change.window, level: change.level };
    case 'invert':
      return { ...view, inverted: !view.inverted };
    case 'turn':
      return { ...view, quarterTurns: (view.quarterTurns + change.quarters + 4) % 4 };
    case 'flip':
      return { ...view, flipped: !view.flipped };
    case 'reset':
      return INITIAL_VIEW;
  }
}

/**
 * Window and level as the linear function of DICOM PS3.3 C.11.2.1.2, for greys from 0 to 1: out = slope * in + intercept,
 * cut off at 0 and 1 by whoever applies it.
 */
export function windowLevel({ window, level, inverted }: Pick<View, 'window' | 'level' | 'inverted'>): {
  slope: number;
  intercept: number;
} {
  const slope = 255 / window;
  const intercept = 0.5 - level / window;
  return inverted ? { slope: -slope, intercept: 1 - intercept } : { slope, intercept };
}

/** Keys of the viewer while it has the focus; where radiologists know them from OHIF, they are the same. */
export const KEYS: readonly {
  readonly key: string;
  readonly shown: string;
  readonly does: string;
  readonly change: ViewChange;
}[] = [
  { key: '+', shown: '+', does: 'Zoom in', change: { kind: 'zoom', factor: 1.25 } },
  { key: '=', shown: '=', does: 'Zoom in', change: { kind: 'zoom', factor: 1.25 } },
  { key: '-', shown: '−', does: 'Zoom out', change: { kind: 'zoom', factor: 0.8 } },
  { key: 'ArrowLeft', shown: '←', does: 'Move left', change: { kind: 'pan', x: -40, y: 0 } },
  { key: 'ArrowRight', shown: '→', does: 'Move right', change: { kind: 'pan', x: 40, y: 0 } },
  { key: 'ArrowUp', shown: '↑', does: 'Move up', change: { kind: 'pan', x: 0, y: -40 } },
  { key: 'ArrowDown', shown: '↓', does: 'Move down', change: { kind: 'pan', x: 0, y: 40 } },
  { key: '[', shown: '[', does: 'Brighter (lower level)', change: { kind: 'level', by: -8 } },
  { key: ']', shown: ']', does: 'Darker (higher level)', change: { kind: 'level', by: 8 } },
  { key: ',', shown: ',', does: 'More contrast (narrower window)', change: { kind: 'window', by: -16 } },
  { key: '.', shown: '.', does: 'Less contrast (wider window)', change: { kind: 'window', by: 16 } },
  { key: 'i', shown: 'i', does: 'Invert greys', change: { kind: 'invert' } },
  { key: 'r', shown: 'r', does: 'Turn right', change: { kind: 'turn', quarters: 1 } },
  { key: 'l', shown: 'l', does: 'Turn left', change: { kind: 'turn', quarters: -1 } },
  { key: 'h', shown: 'h', does: 'Flip left and right', change: { kind: 'flip' } },
  { key: '0', shown: '0', does: 'Reset the view', change: { kind: 'reset' } },
];

/** Key that shows or hides the heat map; it is no change of the view. */
export const HEAT_MAP_KEY = 'm';

function within(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
