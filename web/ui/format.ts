const DAY_TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** An instant, in this browser's time zone. */
export function instant(iso: string | number): string {
  return DAY_TIME.format(new Date(iso));
}

/** A calendar day, which has no time zone. */
export function day(iso: string): string {
  return DAY.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));
}

export function clock(ms: number): string {
  return TIME.format(new Date(ms));
}

/** Completed years, or months below two years. */
export function age(birthDate: string, now: Date): string {
  const born = new Date(`${birthDate.slice(0, 10)}T00:00:00Z`);
  let months = (now.getUTCFullYear() - born.getUTCFullYear()) * 12 + now.getUTCMonth() - born.getUTCMonth();
  if (now.getUTCDate() < born.getUTCDate()) months -= 1;
  if (months < 0) return 'not yet born';
  return months < 24 ? `${months} ${months === 1 ? 'month' : 'months'}` : `${Math.floor(months / 12)} years`;
}

/** How long ago, in the largest unit that says enough. */
export function ago(iso: string | number, now: number): string {
  const minutes = Math.max(0, Math.floor((now - new Date(iso).getTime()) / 60_000));
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** Never rounds to certainty: a model that says .9996 has not said that it is sure. */
export function percent(fraction: number): string {
  if (fraction > 0 && fraction < 0.001) return '< 0.1 %';
  if (fraction < 1 && fraction > 0.999) return '> 99.9 %';
  const isNearCertain = (fraction > 0 && fraction < 0.01) || (fraction > 0.99 && fraction < 1);
  return `${(fraction * 100).toFixed(isNearCertain ? 1 : 0)} %`;
}

export function words(constant: string): string {
  const text = constant.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A digest short enough to compare by eye; the full one belongs beside it. */
export function shortDigest(hex: string): string {
  return hex.length <= 20 ? hex : `${hex.slice(0, 8)}…${hex.slice(-8)}`;
}
