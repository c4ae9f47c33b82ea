/**
 * The acts of a tour's step, through the same controls as a person's hands:
 * command {command, text}, click {action}, submit {state}, quote {symbol, move}, release {symbol}, clock {session}, and
 * wait {text | action (several with commas)}: until the app's messages to `user` have it.
 * `{grant.NAME}` is of the person's practice grant, `{AAPL+1}` a price beside the market's.
 */

import * as api from './api.js';

const PATIENCE_MS = 30000;
const PAUSE_MS = 120;

/** The app did not do what the step waits for. */
export class StuckError extends Error {}

/** Do all acts of a step, one after the other. */
export async function play(step, session) {
  const since = new Map();
  for (const act of step.acts) {
    const user = act.user ?? step.as;
    if (!since.has(user)) since.set(user, (await said(user)).seq);
    await DO[act.do]({ ...act, user }, session, act.do === 'wait' ? since.get(user) : null);
  }
}

const said = (user, sinceSeq = 0) => api.messages({ user, channel: '@bot', since_seq: sinceSeq, wait_ms: 0 });

const DO = {
  async command(act, session) {
    const answer = await api.command({ user: act.user, channel: '@bot', command: act.command, text: await filled(act.text, act.user, session) });
    if (answer.error) throw new StuckError(`The app did not answer (${answer.error}). Is it running?`);
  },

  async click(act) {
    const message = await newest(act.user, (one) => actionsOf(one).includes(act.action), 0);
    const answer = await api.click({ user: act.user, channel: '@bot', ts: message.ts, action_id: act.action, times: act.times ?? 1, interval_ms: act.interval_ms ?? 0 });
    if (answer.error) throw new StuckError(`The app did not answer (${answer.error}). Is it running?`);
  },

  async submit(act, session) {
    const view = await until(async () => (await api.views(act.user)).views.at(-1), 'No window opened.');
    const state = JSON.parse(await filled(JSON.stringify(act.state), act.user, session));
    await api.submit({ user: act.user, view_id: view.id, state });
  },

  async quote(act) {
    const [quote] = (await api.board([act.symbol])).quotes;
    await api.pin(act.symbol, Number(quote.last) + act.move);
  },

  async release(act) {
    await api.broker('quote', { symbol: act.symbol, release: true });
  },

  async clock(act) {
    await api.broker('clock', { session: act.session });
  },

  async wait(act, session, since) {
    const wanted = act.action?.split(',');
    await newest(act.user, (one) => (wanted ? wanted.some((action) => actionsOf(one).includes(action)) : words(one).toLowerCase().includes(act.text.toLowerCase())), since);
  },
};

/** The newest message to a person that fits, waited for. */
function newest(user, fits, since) {
  return until(async () => (await said(user, since)).messages.filter((one) => !one.deleted && fits(one)).at(-1), 'The app has not said what this step waits for. Do it again, or skip it.');
}

async function until(look, complaint) {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new StuckError(complaint);
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
  }
}

const words = (message) => `${message.text} ${JSON.stringify(message.blocks ?? [])}`;

/** The action ids of a message's buttons and menus. */
function actionsOf(message) {
  const found = [];
  const look = (value) => {
    if (Array.isArray(value)) value.forEach(look);
    else if (value && typeof value === 'object') {
      if (typeof value.action_id === 'string') found.push(value.action_id);
      Object.values(value).forEach(look);
    }
  };
  look(message.blocks);
  return found;
}

async function filled(template, user, session) {
  const grant = (session.workspace.grants ?? []).find((one) => one.user === user) ?? {};
  let done = template.replace(/\{grant\.(\w+)\}/g, (_, name) => grant[name] ?? '');
  for (const [whole, symbol, move] of done.matchAll(/\{([A-Z]+)([+-]\d+(?:\.\d+)?)\}/g)) {
    const [quote] = (await api.board([symbol])).quotes;
    done = done.replace(whole, (Number(quote.last) + Number(move)).toFixed(2));
  }
  return done;
}
