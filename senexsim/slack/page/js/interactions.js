/** From single messages of the wire to interactions: what a person did, or what came by itself, with all that followed. No DOM. */

const IDLE_S = 2.5;
export const CHATTER = new Set(['FEED_DATA', 'KEEPALIVE', 'heartbeat']);
const SEEN = new Set(['person', 'socket-mode', 'http', 'web-api', 'account-stream']);

/**
 * Events in the order of time, as [{begin, events}]. A person's act begins one; so does whatever comes of itself after the wire was
 * quiet for a while: a fill, an alert. `all`: also those that neither a person nor a stream of news has to do with.
 */
export function interactions(events, { all = false } = {}) {
  const found = [];
  let last = -Infinity;
  for (const event of events) {
    const chatter = CHATTER.has(event.title);
    if (event.lane === 'person' || !found.length || (!chatter && event.at - last > IDLE_S)) found.push({ begin: event, events: [] });
    found[found.length - 1].events.push(event);
    if (!chatter) last = event.at + (event.ms ?? 0) / 1000;
  }
  return all ? found : found.filter((one) => one.events.some((event) => SEEN.has(event.lane)));
}
