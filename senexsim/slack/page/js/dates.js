/** Times in the viewer's own zone: message clocks, day dividers and Slack's `<!date^…>` tokens. */

const format = (options) => new Intl.DateTimeFormat('en-US', options);
const CLOCK = format({ hour: 'numeric', minute: '2-digit' });
const CLOCK_SECONDS = format({ hour: 'numeric', minute: '2-digit', second: '2-digit' });
const DAY = format({ weekday: 'long', month: 'long', day: 'numeric' });
const DAY_YEAR = format({ month: 'long', day: 'numeric', year: 'numeric' });
const SHORT = format({ month: 'short', day: 'numeric', year: 'numeric' });
const LONG = format({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
const FULL = format({ dateStyle: 'full', timeStyle: 'medium' });

/** A Slack message `ts` ("1700000000.123456") as a Date. */
export const dateOf = (ts) => new Date(Number.parseFloat(ts) * 1000);
export const clock = (ts) => CLOCK.format(dateOf(ts));
export const shortClock = (ts) => CLOCK.format(dateOf(ts)).replace(/\s?[AP]M$/, '');
export const fullTime = (ts) => FULL.format(dateOf(ts));
export const dayKey = (ts) => dateOf(ts).toDateString();

const sameDay = (a, b) => a.toDateString() === b.toDateString();

function daysFromNow(date, now = new Date()) {
  for (const offset of [-1, 0, 1]) {
    const day = new Date(now);
    day.setDate(day.getDate() + offset);
    if (sameDay(day, date)) return ['yesterday', 'today', 'tomorrow'][offset + 1];
  }
  return null;
}

/** The label over a day's messages. */
export function dayLabel(ts) {
  const date = dateOf(ts);
  const near = daysFromNow(date);
  if (near) return near[0].toUpperCase() + near.slice(1);
  return date.getFullYear() === new Date().getFullYear() ? DAY.format(date) : DAY_YEAR.format(date);
}

const isoDay = (date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((n) => String(n).padStart(2, '0')).join('-');

const PRETTY = { date_short_pretty: SHORT, date_long_pretty: LONG, date_pretty: DAY_YEAR };

const DATE_TOKENS = {
  date_num: isoDay,
  date_slash: (date) => isoDay(date).replaceAll('-', '/'),
  date: (date) => DAY_YEAR.format(date),
  date_short: (date) => SHORT.format(date),
  date_long: (date) => LONG.format(date),
  date_long_full: (date) => LONG.format(date),
  day_divider_pretty: (date) => daysFromNow(date) ?? DAY.format(date),
  time: (date) => CLOCK.format(date),
  time_secs: (date) => CLOCK_SECONDS.format(date),
  ago: (date) => ago(date),
};

function ago(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000);
  const [size, unit] = [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']].find(([n]) => Math.abs(seconds) >= n) ?? [1, 'second'];
  return new Intl.RelativeTimeFormat('en-US', { numeric: 'auto' }).format(-Math.round(seconds / size), unit);
}

/** `<!date^epoch^pattern^link|fallback>`: the pattern filled in, or the fallback if the epoch is no number. */
export function dateToken(epoch, pattern, fallback) {
  const date = new Date(Number(epoch) * 1000);
  if (!/^-?\d+$/.test(epoch) || Number.isNaN(date.getTime())) return fallback || pattern;
  return pattern.replace(/\{([a-z_]+)\}/g, (whole, token) => {
    if (PRETTY[token]) return daysFromNow(date) ?? PRETTY[token].format(date);
    return DATE_TOKENS[token] ? DATE_TOKENS[token](date) : whole;
  });
}

/** The full moment behind a date token, for its tooltip. */
export const dateTokenTitle = (epoch) => (/^-?\d+$/.test(epoch) ? FULL.format(new Date(Number(epoch) * 1000)) : '');
