/** Properties are searched for longer where somebody asks: CLOISTER_THOROUGH=yes. */
const isThorough = process.env.CLOISTER_THOROUGH === 'yes';

/** How often a property is tried: `count` in a thorough search, a fifth of it in every other run. */
export function runs(count: number): number {
  return isThorough ? count : Math.ceil(count / 5);
}

/** From one place to the next, where trying every one takes long: `step` in a thorough search, seven times that otherwise. */
export function stride(step: number): number {
  return isThorough ? step : step * 7;
}
