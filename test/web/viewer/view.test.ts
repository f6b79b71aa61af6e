import { describe, expect, test } from '@jest/globals';
import { INITIAL_VIEW, KEYS, changeView, windowLevel } from '../../../web/viewer/view.js';

const shown = (grey: number, view: { window: number; level: number; inverted: boolean }) => {
  const { slope, intercept } = windowLevel(view);
  return Math.min(1, Math.max(0, slope * (grey / 255) + intercept));
};

describe('window and level', () => {
  test('leave the film as it is at first', () => {
    for (const grey of [0, 64, 255]) expect(shown(grey, INITIAL_VIEW)).toBeCloseTo(grey / 255, 10);
  });

  test('spread the window around the level from black to white', () => {
    const view = { window: 100, level: 100, inverted: false };
    expect([50, 100, 150].map((grey) => shown(grey, view))).toEqual(
      [0, 0.5, 1].map((value) => expect.closeTo(value, 10)),
    );
    expect(shown(20, view)).toBe(0);
    expect(shown(240, view)).toBe(1);
  });

  test('turn black into white when inverted', () => {
    const view = { window: 100, level: 100, inverted: true };
    expect(shown(50, view)).toBeCloseTo(1, 10);
    expect(shown(150, view)).toBeCloseTo(0, 10);
  });
});

describe('a change of the view', () => {
  test('stays within bounds however often it is asked for', () => {
    let view = INITIAL_VIEW;
    for (let count = 0; count < 200; count++)
      for (const { change } of KEYS.filter(({ key }) => ['-', '[', ','].includes(key))) view = changeView(view, change);
    expect(view).toMatchObject({ zoom: 0.5, level: 0, window: 1 });
  });

  test('keeps what is in the middle in the middle when zooming', () => {
    const view = changeView({ ...INITIAL_VIEW, panX: 10, panY: -20 }, { kind: 'zoom', factor: 2 });
    expect(view).toMatchObject({ zoom: 2, panX: 20, panY: -40 });
  });

  test('is undone by reset', () => {
    const changed = KEYS.filter(({ change }) => change.kind !== 'reset').reduce(
      (view, { change }) => changeView(view, change),
      INITIAL_VIEW,
    );
    expect(changed).not.toEqual(INITIAL_VIEW);
    expect(changeView(changed, { kind: 'reset' })).toEqual(INITIAL_VIEW);
  });
});
