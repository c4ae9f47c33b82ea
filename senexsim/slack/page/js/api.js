/** The simulator's `/_sim/*` controls over fetch. Nothing else on the network is ever called. */

/** A control that failed: `message` is for people, `status` the HTTP status (0: no connection). */
export class ControlError extends Error {
  constructor(message, status, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

async function call(method, path, { query = {}, body = null, signal = undefined } = {}) {
  const url = new URL(`/_sim/${path}`, window.location.origin);
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined) url.searchParams.set(name, value);
  let response;
  try {
    response = await fetch(url, {
      method, signal, cache: 'no-store', credentials: 'same-origin',
      headers: body ? { 'content-type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined,
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ControlError('The workspace does not answer. Is it still running?', 0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ControlError(answer?.error || `The workspace answered ${response.status}.`, response.status, answer);
  return answer;
}

const get = (path, query, signal) => call('GET', path, { query, signal });
const post = (path, body) => call('POST', path, { body });

export const workspace = (user) => get('workspace', { user });
export const messages = (query) => get('messages', query);
export const updates = (query, signal) => get('updates', query, signal);
export const views = (user) => get('views', { user });
export const home = (user) => get('home', { user });
export const openHome = (user) => post('home', { user, tab: 'home' });
export const command = (body) => post('command', body);
export const message = (body) => post('message', body);
export const click = (body) => post('click', body);
export const submit = (body) => post('submit', body);
export const close = (body) => post('close', body);
export const suggest = (body) => post('suggest', body);
/** A control of the broker simulator, where this workspace knows one. */
export const broker = (control, body) => post(`broker/${control}`, body);
export const board = (symbols) => get('broker/board', { symbols: symbols.join(',') });
export const pin = (symbol, price) => broker('quote', { symbol, bid: (price - 0.02).toFixed(2), ask: (price + 0.02).toFixed(2), last: price.toFixed(2) });
export const clearTrouble = () => call('DELETE', 'broker/fault');
/** What went over the wire since then: `side` is "" for Slack's, "broker/" for the broker's. */
export const wire = (side, sinceSeq) => get(`${side}wire`, { since_seq: sinceSeq });
export const shortcut = (body) => post('shortcut', body);
